//! Circles of files: uses between the files of a crate, and files that use each other.
//!
//! A file uses another one if its code or its imports name something that the other one defines. A path such as
//! `crate::moods::Name` uses the file of the deepest module on it (`moods.rs`) and, if that re-exports the item, the file
//! that defines it. The modules around the file itself, and with them the root, are looked through: `use crate::Card`
//! uses `card.rs`, not `lib.rs`.
//!
//! Declaring a module (`mod child;`) or re-exporting its items (`pub use child::X`) is no use of it, unless the code of
//! the same file names `X` as well. Everything else between a module and its parent counts: a child that uses items of
//! its parent, which uses items of the child, is a circle. Code behind `cfg(test)` is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use super::source::{Import, Path, Source};

/// Files that use each other, in order.
pub(super) type Circle = Vec<PathBuf>;

/// Files of a crate with the files that each of them uses.
#[derive(Debug)]
pub(super) struct Graph {
    uses: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

struct Module {
    file: PathBuf,
    source: Source,
}

/// Modules by their path from the root.
struct Modules(BTreeMap<Path, Module>);

/// Largest number of imports that are followed from one name.
const MAX_IMPORTS: usize = 16;

impl Graph {
    /// Reads a crate from its root file on; `read` gives the text of a file, or none if there is no such file.
    pub(super) fn of_crate(root: &FilePath, read: &dyn Fn(&FilePath) -> Option<String>) -> Self {
        let mut modules = Modules(BTreeMap::new());
        let folder = root.parent().unwrap().to_owned();
        modules.add(Path::new(), root.to_owned(), &folder, read);
        let mut uses: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (path, module) in &modules.0 {
            let used = modules.used_by(path, &module.source);
            uses.entry(module.file.clone()).or_default().extend(used.filter(|file| *file != module.file));
        }
        Self { uses }
    }

    /// Returns the number of files.
    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }

    /// Returns the files of the crate; those that only tests use are left out.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.uses.keys()
    }

    /// Returns the files that use each other, directly or through others.
    pub(super) fn circles(&self) -> Vec<Circle> {
        let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
            self.uses.keys().map(|file| (file, self.reached_from(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, others) in &reached {
            let circle: Circle =
                others.iter().filter(|other| reached[**other].contains(file)).map(|&other| other.clone()).collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    /// Returns the uses between the files of a circle, for messages.
    pub(super) fn arrows(&self, circle: &Circle) -> Vec<String> {
        let arrows = circle.iter().flat_map(|from| {
            let within = self.uses[from].iter().filter(|to| circle.contains(to));
            within.map(move |to| format!("{} -> {}", from.display(), to.display()))
        });
        arrows.collect()
    }

    fn reached_from<'a>(&'a self, file: &'a PathBuf) -> BTreeSet<&'a PathBuf> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![file]);
        while let Some(file) = open.pop() {
            open.extend(self.uses[file].iter().filter(|other| reached.insert(*other)));
        }
        reached
    }
}

impl Modules {
    fn add(&mut self, path: Path, file: PathBuf, folder: &FilePath, read: &dyn Fn(&FilePath) -> Option<String>) {
        let text = read(&file).unwrap_or_else(|| panic!("expected the file {}, got none", file.display()));
        self.add_source(path, &file, folder, Source::parse(&text), read);
    }

    fn add_source(
        &mut self,
        path: Path,
        file: &FilePath,
        folder: &FilePath,
        mut source: Source,
        read: &dyn Fn(&FilePath) -> Option<String>,
    ) {
        let below = |name: &str| path.iter().cloned().chain([name.to_owned()]).collect::<Path>();
        for name in &source.files {
            self.add(below(name), folder.join(format!("{name}.rs")), &folder.join(name), read);
        }
        for (name, inside) in std::mem::take(&mut source.inline) {
            self.add_source(below(&name), file, &folder.join(&name), inside, read);
        }
        self.0.insert(path, Module { file: file.to_owned(), source });
    }

    /// Returns the files that define the items that a module's imports and paths name.
    fn used_by<'a>(&'a self, module: &'a [String], source: &'a Source) -> impl Iterator<Item = PathBuf> + 'a {
        let is_used = |import: &&Import| match &import.name {
            Some(name) => !import.is_public || source.words.contains(name),
            None => !import.is_public,
        };
        let imported = source.imports.iter().filter(is_used).map(|import| &import.path);
        let paths = imported.chain(&source.paths);
        paths.filter_map(|path| self.absolute(module, path)).flat_map(move |path| {
            let written = self.deepest(&path).filter(|written| !module.starts_with(written));
            let found = [written, self.resolve(&path, MAX_IMPORTS)];
            found.into_iter().flatten().map(|found| self.0[found].file.clone())
        })
    }

    /// Returns the path from the root of the crate; none for a path of another crate or of a name in scope.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Path> {
        let (head, rest) = path.split_first()?;
        match head.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" | "super" => {
                let up = path.iter().take_while(|segment| *segment == "super").count();
                let rest = if up == 0 { rest } else { &path[up..] };
                Some([&module[..module.len().checked_sub(up)?], rest].concat())
            }
            head if self.0.contains_key(&[module, &[head.to_owned()]].concat()) => Some([module, path].concat()),
            _ => None,
        }
    }

    /// Returns the deepest module on an absolute path.
    fn deepest(&self, path: &[String]) -> Option<&Path> {
        (0..=path.len()).rev().find_map(|depth| self.0.get_key_value(&path[..depth])).map(|(key, _)| key)
    }

    /// Returns the module that defines the item of an absolute path; at most `left` imports are followed.
    fn resolve(&self, path: &[String], left: usize) -> Option<&Path> {
        let key = self.deepest(path)?;
        let (depth, module) = (key.len(), &self.0[key]);
        let Some((name, rest)) = path[depth..].split_first() else { return Some(key) };
        if left == 0 || module.source.defined.contains(name) {
            return Some(key);
        }
        let imports = || module.source.imports.iter();
        let named = imports().find(|import| import.name.as_ref() == Some(name));
        if let Some(import) = named {
            // An item of another crate is in no file here, but its import may be.
            let Some(target) = self.absolute(key, &import.path) else { return Some(key) };
            return self.resolve(&[&target, rest].concat(), left - 1);
        }
        let mut globs = imports().filter(|import| import.name.is_none());
        let through_glob = globs.find_map(|import| {
            let target = [self.absolute(key, &import.path)?, path[depth..].to_vec()].concat();
            let found = self.resolve(&target, left - 1)?;
            self.0[found].source.defined.contains(name).then_some(found)
        });
        through_glob.or(Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the circles of a crate with these files, by file name.
    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let read = |path: &FilePath| {
            let found = files.iter().find(|(name, _)| FilePath::new(name) == path);
            found.map(|(_, text)| (*text).to_owned())
        };
        let circles = Graph::of_crate(FilePath::new("src/lib.rs"), &read).circles();
        let name = |path: PathBuf| path.to_string_lossy().replace('\\', "/").replacen("src/", "", 1);
        circles.into_iter().map(|circle| circle.into_iter().map(name).collect()).collect()
    }

    #[test]
    fn circle_of_siblings_is_found_through_every_kind_of_path() {
        for a_uses_b in [
            "use crate::b::B;",
            "use super::b::B;",
            "use crate::{b::{B as C, other}, x};",
            "use super::{self, b};",
            "use crate::B;",
            "use crate::b::*;",
            "fn f() -> u8 { crate::b::B::new() }",
            "fn f() { assert!(x == super::b::B); }",
            "pub(crate) use crate::b::B; fn f(b: B) {}",
        ] {
            let a = format!("{a_uses_b} pub struct A;");
            let files = [
                ("src/lib.rs", "mod a; mod b; pub use a::A; pub use b::{B};"),
                ("src/a.rs", &*a),
                ("src/b.rs", "use crate::a::A; pub struct B; pub fn other() {}"),
            ];
            assert_eq!(circles(&files), [["a.rs", "b.rs"]], "{a_uses_b}");
        }
    }

    #[test]
    fn declarations_re_exports_tests_and_other_crates_are_no_uses() {
        for a in [
            "pub struct A;",
            "// use crate::b::B;\n/// [`crate::b::B`]\npub struct A;",
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] use crate::b::B; pub struct A;",
            "struct X { #[cfg(test)] b: crate::b::B, y: u8 }",
            "pub use crate::b::B;",
            "use b::B; use other::b::B;",
            "const TEXT: &str = \"crate::b::B\";",
        ] {
            let files = [
                ("src/lib.rs", "mod a; mod b; pub use a::A;"),
                ("src/a.rs", a),
                ("src/b.rs", "use crate::a::A; pub struct B;"),
            ];
            assert_eq!(circles(&files), Vec::<Vec<String>>::new(), "{a}");
        }
    }

    #[test]
    fn parent_and_child_that_use_each_other_are_a_circle() {
        let child = "use super::P; pub fn c(_: P) {}";
        for (parent, expected) in [
            ("mod c; pub struct P; fn f() { c::c(P); }", true),
            ("mod c; pub struct P; use self::c::c; fn f() { c(P); }", true),
            ("mod c; pub struct P; pub use self::c::c; fn f() { c(P); }", true),
            ("mod c; pub struct P; pub use self::c::c;", false),
            ("mod c; pub struct P;", false),
        ] {
            let files = [("src/lib.rs", "mod p;"), ("src/p.rs", parent), ("src/p/c.rs", child)];
            assert_eq!(!circles(&files).is_empty(), expected, "{parent}");
        }
    }

    #[test]
    fn item_imported_through_its_parent_is_that_of_the_file_that_defines_it() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "mod c; use crate::b::B; fn f() { c::c(); }"),
            ("src/a/c.rs", "use super::B; pub fn c() {}"),
            ("src/b.rs", "pub struct B;"),
        ];
        assert_eq!(circles(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn long_circle_is_one() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c; mod d;"),
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "use crate::c::C;"),
            ("src/c.rs", "use crate::a::A; use crate::d::D;"),
            ("src/d.rs", ""),
        ];
        assert_eq!(circles(&files), [["a.rs", "b.rs", "c.rs"]]);
    }
}
