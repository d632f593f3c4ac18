//! R29: a model shared by many threads gives the results of one thread.

use std::sync::Arc;
use std::thread;

use earmark_models::Registry;
use earmark_tests::listen::Setup;
use earmark_tests::signal::tune;

#[test]
fn results_are_independent_of_the_number_of_threads() {
    let piece = tune(44_100.0, 4.7);
    for id in ["msd-musicnn", "mtt-vgg"] {
        let setup = Setup::plain(44_100.0, Registry::global().load(id).unwrap());
        let alone = setup.predict([&piece[..]]).unwrap();
        assert_eq!(alone.len(), 2);
        for threads in [1, 2, 4, 8] {
            let all: Vec<_> = thread::scope(|scope| {
                let predict = || setup.predict([&piece[..]]).unwrap();
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(predict)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            for heard in all {
                assert_eq!(heard, alone, "{id} on {threads} threads");
            }
        }
        let again = Registry::global().load(id).unwrap();
        assert!(Arc::ptr_eq(&again, &setup.models[0].0), "the model is loaded once");
    }
}
