//! The identity in a LinkedIn profile address.
//!
//! Fetches nothing and does not know whether the profile exists.

use crate::limits::KEY_BYTES_MAX;

/// Returns the key of the person whose LinkedIn profile the address is: `linkedin:` and the slug
/// after `/in/`, percent-decoded, in lower case.
///
/// Host prefixes (`www.`, `de.`), scheme, query, fragment, trailing slash and language subpaths
/// make no difference. `None` for any other address.
#[must_use]
pub fn profile_key(url: &str) -> Option<String> {
    let url = url.trim();
    let address = match url.split_once("://") {
        Some((scheme, rest)) => is_web(scheme).then_some(rest)?,
        None => url.trim_start_matches('/'),
    };
    let address = address.split(['?', '#']).next()?;
    let mut segments = address.split('/').filter(|segment| !segment.is_empty());
    let host = segments.next()?.to_ascii_lowercase();
    let host = host.split(':').next()?.trim_end_matches('.');
    if host != "linkedin.com" && !host.ends_with(".linkedin.com") {
        return None;
    }
    let mut segment = segments.next()?;
    if matches!(segment, "m" | "mwlite") {
        segment = segments.next()?;
    }
    if !segment.eq_ignore_ascii_case("in") {
        return None;
    }
    let slug = canonical(segments.next()?)?;
    let key = format!("linkedin:{slug}");
    (key.len() <= KEY_BYTES_MAX).then_some(key)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

fn canonical(segment: &str) -> Option<String> {
    let slug = percent_decoded(segment)?.to_lowercase();
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || c == '/';
    (!slug.is_empty() && !slug.contains(is_foreign)).then_some(slug)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        let decoded = (*first == b'%').then(|| crate::text::hex_pair(rest)).flatten();
        out.push(decoded.unwrap_or(*first));
        if decoded.is_some() {
            bytes = &rest[2..];
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_profile_has_one_key_however_it_is_written() {
        for url in [
            "https://www.linkedin.com/in/ada-rilo",
            "http://linkedin.com/in/Ada-Rilo/",
            "https://de.linkedin.com/in/ada-rilo/de?originalSubdomain=de",
            "www.linkedin.com/in/ada%2Drilo#about",
            " HTTPS://WWW.LINKEDIN.COM/IN/ADA-RILO/en-us/ ",
            "https://www.linkedin.com/mwlite/in/ada-rilo",
        ] {
            assert_eq!(profile_key(url).as_deref(), Some("linkedin:ada-rilo"), "{url}");
        }
    }

    #[test]
    fn an_encoded_and_a_plain_umlaut_are_one_slug() {
        let encoded = profile_key("https://www.linkedin.com/in/j%C3%B6rg-rilo-1a2b");
        assert_eq!(encoded.as_deref(), Some("linkedin:jörg-rilo-1a2b"));
        assert_eq!(encoded, profile_key("https://www.linkedin.com/in/J%c3%96RG-rilo-1a2b"));
    }

    #[test]
    fn other_addresses_have_no_key() {
        for url in [
            "",
            "https://www.linkedin.com/company/sakumi",
            "https://www.linkedin.com/in/",
            "https://www.linkedin.com/in/%20",
            "https://www.linkedin.com/in/%ff",
            "https://linkedin.com.example/in/ada-rilo",
            "https://notlinkedin.com/in/ada-rilo",
            "mailto://linkedin.com/in/ada-rilo",
        ] {
            assert_eq!(profile_key(url), None, "{url}");
        }
    }
}
