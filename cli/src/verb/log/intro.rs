//! People named in a conversation: `Bo Nato@Sakumi`.

use goodword_core::model::Stub;

use crate::error::CliError;

/// Reads `Bo Nato@Sakumi`, `Bo Nato at Sakumi` or `Bo Nato`.
///
/// # Errors
/// Usage, if there is no name or the part after the sign is empty.
pub fn parse(text: &str) -> Result<Stub, CliError> {
    let (name, company) = match text.split_once('@').or_else(|| text.split_once(" at ")) {
        Some((name, company)) => (name.trim(), Some(company.trim())),
        None => (text.trim(), None),
    };
    if name.is_empty() || company.is_some_and(str::is_empty) {
        return Err(CliError::usage(format!("`{text}` names nobody"))
            .hint("write --intro \"Bo Nato@Sakumi\", or without the company --intro \"Bo Nato\""));
    }
    Ok(Stub {
        name: name.to_owned(),
        company: company.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<String>) {
        let stub = parse(text).unwrap();
        (stub.name, stub.company)
    }

    #[test]
    fn a_name_can_have_a_company() {
        let both = ("Bo Nato".to_owned(), Some("Sakumi".to_owned()));
        assert_eq!(parsed("Bo Nato@Sakumi"), both);
        assert_eq!(parsed(" Bo Nato @ Sakumi "), both);
        assert_eq!(parsed("Bo Nato at Sakumi"), both);
        assert_eq!(parsed("Bo Nato"), ("Bo Nato".to_owned(), None));
    }

    #[test]
    fn an_empty_name_or_company_is_refused() {
        for text in ["", "@Sakumi", "Bo@", " @ "] {
            assert_eq!(parse(text).unwrap_err().exit.code(), 2, "{text}");
        }
    }
}
