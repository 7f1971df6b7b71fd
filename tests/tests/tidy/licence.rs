//! Licences under which a dependency may be part of the program.

/// SPDX identifiers, each met in some dependency.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "Unicode-3.0",
    "Zlib",
];

#[test]
fn a_licence_expression_is_read_as_spdx_says() {
    for yes in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR ISC",
        "(MIT OR GPL-2.0) AND Zlib",
        "Apache-2.0 WITH LLVM-exception OR X",
    ] {
        assert!(permits(yes), "{yes}");
    }
    for no in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND SSPL-1.0", "MIT WITH X", ""] {
        assert!(!permits(no), "{no}");
    }
}

/// Whether an SPDX expression can be met with [`LICENCES`] alone; `/` is an old `OR`.
pub(crate) fn permits(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut tokens: Vec<&str> = spaced.split_whitespace().rev().collect();
    any_of(&mut tokens) && tokens.is_empty()
}

/// `all { OR all }`, taken from the end of reversed tokens; so are the others.
fn any_of(tokens: &mut Vec<&str>) -> bool {
    let mut met = all_of(tokens);
    while tokens.pop_if(|token| *token == "OR").is_some() {
        met |= all_of(tokens);
    }
    met
}

/// `licence { AND licence }`
fn all_of(tokens: &mut Vec<&str>) -> bool {
    let mut met = one(tokens);
    while tokens.pop_if(|token| *token == "AND").is_some() {
        met &= one(tokens);
    }
    met
}

/// `( any )` or `licence [ WITH exception ]`
fn one(tokens: &mut Vec<&str>) -> bool {
    let Some(token) = tokens.pop() else {
        return false;
    };
    if token == "(" {
        let met = any_of(tokens);
        return met && tokens.pop() == Some(")");
    }
    match tokens.pop_if(|token| *token == "WITH").and_then(|_| tokens.pop()) {
        Some(exception) => LICENCES.contains(&format!("{token} WITH {exception}").as_str()),
        None => LICENCES.contains(&token),
    }
}
