//! Compares imported files with results of TensorFlow or ONNX Runtime: `imported FOLDER [KEEP]`, the folder that a script
//! in `tests/imported` wrote, and a folder in which to keep the imported files.

use std::path::Path;
use std::process::ExitCode;

use earmark_tests::imported;

const TOLERANCE: f32 = 1e-5;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: imported FOLDER [KEEP]");
        return ExitCode::FAILURE;
    };
    match imported::check(Path::new(&folder), std::env::args_os().nth(2).as_deref().map(Path::new)) {
        Ok(checked) => {
            for case in &checked {
                println!("{:<45} worst {:.1e}", case.name, case.worst);
            }
            let worst = checked.iter().fold(0.0_f32, |worst, case| worst.max(case.worst));
            println!("{} files, worst {worst:.1e}, tolerance {TOLERANCE:.0e}", checked.len());
            if checked.iter().all(|case| case.worst <= TOLERANCE) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
