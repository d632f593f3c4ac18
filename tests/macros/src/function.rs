//! Function below an attribute, as far as the registration depends on it.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// A function with the attributes that concern its registration.
pub(crate) struct Function {
    pub(crate) name: String,
    /// Its `#[cfg(...)]` attributes: the registration has the same.
    pub(crate) cfgs: String,
    /// The literal of `#[ignore = "reason"]`, if there is one.
    pub(crate) ignored: Option<String>,
    /// The function itself, without `#[ignore]`, which only the standard `#[test]` allows.
    item: TokenStream,
}

impl Function {
    pub(crate) fn parse(item: TokenStream) -> Result<Self, String> {
        let (mut cfgs, mut ignored, mut name, mut kept) = (String::new(), None, None, Vec::new());
        let mut tokens = item.into_iter().peekable();
        while let Some(token) = tokens.next() {
            if name.is_none()
                && token.to_string() == "#"
                && let Some(attribute) = tokens.next_if(is_in_brackets)
            {
                match attribute_name(&attribute).as_str() {
                    "ignore" => ignored = Some(reason(&attribute)?),
                    "should_panic" => return Err("`#[should_panic]` is not supported: catch the panic".to_owned()),
                    other => {
                        if other == "cfg" {
                            cfgs += &format!("#{attribute} ");
                        }
                        kept.extend([token, attribute]);
                    }
                }
                continue;
            }
            if name.is_none() && token.to_string() == "fn" {
                name = tokens.peek().map(ToString::to_string);
            }
            kept.push(token);
        }
        let name = name.ok_or("expected a function")?;
        Ok(Self { name, cfgs, ignored, item: kept.into_iter().collect() })
    }

    /// Returns the function with other items behind it.
    pub(crate) fn followed_by(self, items: &str) -> Result<TokenStream, String> {
        let items: TokenStream = items.parse().map_err(|error| format!("{error}"))?;
        Ok([self.item, items].into_iter().collect())
    }
}

fn is_in_brackets(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

fn inside(attribute: &TokenTree) -> Vec<String> {
    let TokenTree::Group(group) = attribute else { return Vec::new() };
    Group::stream(group).into_iter().map(|token| token.to_string()).collect()
}

fn attribute_name(attribute: &TokenTree) -> String {
    inside(attribute).into_iter().next().unwrap_or_default()
}

/// The literal of `[ignore = "reason"]`.
fn reason(attribute: &TokenTree) -> Result<String, String> {
    inside(attribute).into_iter().nth(2).ok_or_else(|| "expected `#[ignore = \"reason\"]`".to_owned())
}
