//! Attributes of the integration tests.
//!
//! `all.rs` imports this crate with `#[macro_use]`, so `#[test]` in any of its modules is the attribute below, not the
//! one of the standard library: a test cannot be written without being registered.
#![forbid(unsafe_code)]

mod function;

use proc_macro::{Delimiter, TokenStream, TokenTree};

use function::Function;

/// Registers a test function with the runner in `earmark_tests::runner`.
///
/// `#[test]` alone needs nothing. `#[test(needs(Reference, Jack))]` names variants of
/// `earmark_tests::requirements::Need`: if one is absent the test is reported as ignored, with the reason.
/// `#[test(alone)]` runs the test in a process of its own. `#[ignore = "reason"]` works as usual.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let registered = Options::parse(arguments).and_then(|options| {
        let function = Function::parse(item)?;
        let Function { name, cfgs, ignored, .. } = &function;
        let ignored = ignored.as_ref().map_or("None".to_owned(), |reason| format!("Some({reason})"));
        let Options { needs, alone } = options;
        let registration = format!(
            "{cfgs} ::earmark_tests::registry::submit! {{ ::earmark_tests::registry::Test {{
                path: concat!(module_path!(), \"::\", stringify!({name})),
                run: {name}, needs: &[{needs}], ignored: {ignored}, alone: {alone},
            }} }}"
        );
        function.followed_by(&registration)
    });
    registered.unwrap_or_else(|error| compile_error(&error))
}

/// Registers a function that a test runs in a process of its own with `earmark_tests::subprocess::command`. It is not a
/// test: it is neither listed nor counted.
#[proc_macro_attribute]
pub fn entry_point(_: TokenStream, item: TokenStream) -> TokenStream {
    let registered = Function::parse(item).and_then(|function| {
        let Function { name, cfgs, .. } = &function;
        let registration = format!(
            "{cfgs} ::earmark_tests::registry::submit! {{ ::earmark_tests::registry::EntryPoint {{
                path: concat!(module_path!(), \"::\", stringify!({name})), run: {name},
            }} }}"
        );
        function.followed_by(&registration)
    });
    registered.unwrap_or_else(|error| compile_error(&error))
}

/// The arguments of `#[test]`.
#[derive(Default)]
struct Options {
    /// Paths of variants, each followed by a comma.
    needs: String,
    alone: bool,
}

impl Options {
    fn parse(arguments: TokenStream) -> Result<Self, String> {
        let mut options = Self::default();
        let mut tokens = arguments.into_iter();
        while let Some(token) = tokens.next() {
            match token.to_string().as_str() {
                "," => {}
                "alone" => options.alone = true,
                "needs" => options.needs = needs(tokens.next())?,
                other => return Err(format!("expected `needs(...)` or `alone`, got `{other}`")),
            }
        }
        Ok(options)
    }
}

fn needs(list: Option<TokenTree>) -> Result<String, String> {
    let Some(TokenTree::Group(list)) = list.filter(is_in_parentheses) else {
        return Err("expected `needs(...)` with variants of `Need`".to_owned());
    };
    let variants = list.stream().into_iter().filter(|token| token.to_string() != ",");
    Ok(variants.map(|variant| format!("::earmark_tests::requirements::Need::{variant},")).collect())
}

fn is_in_parentheses(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

fn compile_error(message: &str) -> TokenStream {
    format!("::core::compile_error!({message:?});").parse().unwrap_or_default()
}
