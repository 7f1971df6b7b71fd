//! Bytes of any kind: rows or an error, never a panic.
#![allow(clippy::unwrap_used)]

use goodword_formats::{Kind, detect, profile_key, read};
use proptest::prelude::*;

/// Pieces that lead deep into both readers.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        prop::sample::select(PIECES).prop_map(|piece| piece.to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

const PIECES: &[&[u8]] = &[
    b"BEGIN:VCARD\r\n",
    b"END:VCARD\r\n",
    b"VERSION:2.1\n",
    b"VERSION:4.0\n",
    b"FN",
    b"N",
    b":",
    b";",
    b";ENCODING=QUOTED-PRINTABLE:=C3=A4=\r\n",
    b"=",
    b"\r\n",
    b"\n ",
    b"\r",
    b"AGENT:\n",
    b"BDAY:",
    b"--0517",
    b"1604-05-17",
    b"\xc3",
    b"\xa4",
    b"TEL;X-CUSTOM(=,=4)",
    b"item1.X-ABLabel:_$!<",
    b">!$_",
    b"EMAIL;TYPE=\"a,b",
    b"\"",
    b"PHOTO;BASE64:AAAA",
    b";CHARSET=SHIFT_JIS",
    b"\\",
    b"\\n",
    b",",
    b"First Name,Last Name,URL,Company,Connected On\n",
    b"Ada,Rilo,",
    b"\"\"",
    b"https://linkedin.com/in/%",
    b"31 Feb 2024",
    b"99999",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"X-SOCIALPROFILE:http://",
    b"ADR;LABEL=\"a\\nb\":;;",
    b"UID:",
    b"KIND:group\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in pieces()) {
        let _ = detect("x", &bytes);
        for kind in [Kind::LinkedIn, Kind::VCard] {
            let mut rows = 0;
            if let Ok(summary) = read(kind, &bytes[..], &mut |_| rows += 1) {
                prop_assert_eq!(rows, summary.read + summary.skipped + summary.rejected);
            }
        }
    }

    #[test]
    fn no_bytes_below_a_header_or_in_a_card_make_a_reader_panic(bytes in pieces()) {
        let csv = [b"First Name,Last Name,URL,Company,Connected On\n", &bytes[..]].concat();
        let _ = read(Kind::LinkedIn, &csv[..], &mut |_| {});
        for version in ["2.1", "3.0", "4.0"] {
            let start = format!("BEGIN:VCARD\nVERSION:{version}\nFN:A\n");
            let card = [start.as_bytes(), &bytes, b"\nEND:VCARD\n"].concat();
            let summary = read(Kind::VCard, &card[..], &mut |_| {});
            prop_assert!(summary.is_ok());
        }
    }

    #[test]
    fn no_address_makes_the_key_panic(url in "(https?://)?[a-z.]{0,12}/in/[%0-9a-fA-Fé/?#]{0,20}|.*") {
        let _ = profile_key(&url);
    }
}
