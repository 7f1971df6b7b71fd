//! Hostile bytes, each a committed file, against a store that goes on living.
//!
//! A device of the owner has gone bad: it is admitted, and its signatures verify. Each file holds
//! what it sends after the honest book in `book.bin`. `manifest.tsv` says of each which check
//! refuses it, for whoever reads the same files elsewhere.

mod files;
mod make;

use crate::change::{Change, Now};
use crate::id::RecordId;
use crate::log::{Frontier, Key};
use crate::model::{NewPerson, PersonEdit};
use crate::query::{Show, Status};
use crate::space::Space;
use crate::store::{Delivery, Error, Place, Store};
use jiff::Timestamp;
use jiff::civil::date;

pub(super) const NOW: Now = Now { at: Timestamp::UNIX_EPOCH, today: date(2026, 11, 23) };

/// The bad device's key; its id is in the roster of `book.bin`.
const BAD: [u8; 32] = [2; 32];
/// The key of the device that receives everything.
const VICTIM: [u8; 32] = [3; 32];

/// The honest device's store: a book with one person, and both others admitted.
pub(super) fn honest() -> (Store, RecordId) {
    let mut laptop = Store::create(&Place::memory(), Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
    laptop.found([9; 32], NOW).unwrap();
    let edits = vec![PersonEdit::Title(Some("Partner".to_owned()))];
    let ada = NewPerson { name: "Ada Rilo".to_owned(), edits };
    let ada = laptop.apply(&Change::AddPerson(ada), NOW).unwrap().created[0];
    for key in [BAD, VICTIM] {
        laptop.admit_device(Key::from_bytes(&key).device(), NOW).unwrap();
    }
    (laptop, ada)
}

/// Everything of `store` in the order in which it can be taken in.
pub(super) fn everything(store: &Store) -> Vec<Delivery> {
    let of = |space| {
        let lacking = store.lacking(space, &Frontier::new()).unwrap();
        lacking.into_iter().map(|at| store.delivery(at).unwrap().unwrap())
    };
    Space::ALL.into_iter().flat_map(of).collect()
}

/// The victim: it holds the honest book.
pub(super) struct Victim {
    pub(super) store: Store,
    pub(super) place: Place,
}

impl Victim {
    pub(super) fn new() -> Self {
        let (laptop, _) = honest();
        let place = Place::memory();
        let mut store = Store::create(&place, Key::from_bytes(&VICTIM), [3; 32]).unwrap();
        store.adopt(&laptop.standalone().unwrap()[0]).unwrap();
        store.receive(&[], &everything(&laptop), NOW).unwrap();
        Self { store, place }
    }

    /// Saves, loads, edits, and syncs on with the honest device.
    #[track_caller]
    fn goes_on(self) {
        let Self { mut store, place } = self;
        let rows = store.table_hashes().unwrap();
        store.rebuild().unwrap();
        assert_eq!(store.table_hashes().unwrap(), rows, "a rebuild makes the same");
        assert!(store.fold_check().unwrap().is_equal());
        drop(store);
        let mut store = Store::open(&place, Key::from_bytes(&VICTIM), [103; 32]).unwrap();
        let (mut laptop, ada) = honest();
        let company = PersonEdit::Company(Some("Sakumi".to_owned()));
        let edit = |person, edit| Change::EditPeople { people: vec![person], edits: vec![edit] };
        store.apply(&edit(ada, company), NOW).unwrap();
        laptop.receive(&[], &everything(&store), NOW).unwrap();
        let title = PersonEdit::Title(Some("Head of Trials".to_owned()));
        laptop.apply(&edit(ada, title), NOW).unwrap();
        store.receive(&[], &everything(&laptop), NOW).unwrap();
        for store in [&store, &laptop] {
            let ada = store.ask(&Show { record: ada, interactions: 0 }).unwrap().person;
            assert_eq!(ada.company.as_deref(), Some("Sakumi"));
            assert_eq!(ada.title.as_deref(), Some("Head of Trials"));
            assert!(store.fold_check().unwrap().is_equal());
        }
    }
}

/// What becomes of a file, as the manifest says it.
fn verdict(victim: &mut Victim, deliveries: &[Delivery]) -> (&'static str, String) {
    let before = victim.store.table_hashes().unwrap();
    match victim.store.receive(&[], deliveries, NOW) {
        Err(Error::Peer(mistake)) => {
            assert_eq!(victim.store.table_hashes().unwrap(), before, "nothing of it is stored");
            ("batch", mistake.to_string())
        }
        Err(error) => panic!("not the peer's mistake: {error}"),
        Ok(_) => {
            let refused = victim.store.reader().unwrap().refused().unwrap();
            let bad = Key::from_bytes(&BAD).device();
            assert!(refused.iter().all(|row| row.signer == bad && !row.stuck), "{refused:?}");
            let reasons: Vec<String> = refused.into_iter().map(|row| row.reason).collect();
            match (reasons.is_empty(), victim.store.ask(&Status).unwrap().pending) {
                (false, _) => ("inadmissible", reasons.join(" · ")),
                (true, 0) => panic!("it counts"),
                (true, _) => ("pending", String::new()),
            }
        }
    }
}

/// Asserts that the file `name` is refused as `class` and `reason` say, and that its receiver and
/// the honest devices go on.
#[track_caller]
fn refused(name: &str, class: &str, reason: &str) {
    let mut victim = Victim::new();
    let found = verdict(&mut victim, &files::read(name));
    assert_eq!((found.0, found.1.as_str()), (class, reason));
    assert!(files::manifest().contains(&(name.to_owned(), class.to_owned(), reason.to_owned())));
    victim.goes_on();
}

#[test]
fn the_files_are_what_is_made_here() {
    let rows = make::all().into_iter().map(|(name, deliveries)| {
        files::hold(name, &deliveries);
        let (class, reason) = verdict(&mut Victim::new(), &deliveries);
        (name.to_owned(), class.to_owned(), reason)
    });
    files::hold_manifest(&rows.collect::<Vec<_>>());
    files::hold_book(&honest().0);
}

// Who wrote it, and where it stands.

#[test]
fn of_two_changes_with_one_actor_and_seq_the_later_is_refused() {
    refused("reused-seq", "inadmissible", "another change of its actor has its number");
}

/// Both reasons of a change that is refused and of one that stands on it, in the order of hashes.
const AND_ON_IT: &str = "it depends on a change that is itself inadmissible";

#[test]
fn a_change_on_one_whose_number_is_taken_is_refused() {
    let taken = "another change of its actor has its number";
    refused("on-reused-seq", "inadmissible", &format!("{taken} · {AND_ON_IT}"));
}

#[test]
fn a_change_on_a_refused_one_is_refused() {
    let gap = "operations start at 13, not at 12";
    refused("on-refused", "inadmissible", &format!("{gap} · {AND_ON_IT}"));
}

/// Were it judged like others, it would take the number of the good one that comes after it.
#[test]
fn a_change_on_a_refused_one_takes_no_number() {
    let gap = "operations start at 13, not at 12";
    refused("on-refused-then-good", "inadmissible", &format!("{gap} · {AND_ON_IT}"));
}

#[test]
fn a_gap_in_seq_is_refused() {
    let reason = "change 3 of its actor does not depend on change 2 of that actor";
    refused("gap-in-seq", "inadmissible", reason);
}

#[test]
fn a_first_change_with_seq_5_is_refused() {
    let reason = "change 5 of its actor does not depend on change 4 of that actor";
    refused("first-seq-5", "inadmissible", reason);
}

#[test]
fn seq_2_without_a_dependency_on_seq_1_is_refused() {
    let reason = "change 2 of its actor does not depend on change 1 of that actor";
    refused("seq-2-apart", "inadmissible", reason);
}

#[test]
fn a_second_seq_1_on_top_of_the_first_is_refused() {
    let reason = "first change of its actor depends on an earlier one of that actor";
    refused("seq-1-again", "inadmissible", reason);
}

#[test]
fn anothers_actor_with_its_next_seq_and_an_unknown_dependency_waits_for_ever() {
    refused("forged-next-seq", "pending", "");
}

#[test]
fn anothers_actor_under_ones_own_name_is_refused() {
    let reason = "actor is not derived from the device, space, document, generation and nonce";
    refused("foreign-actor", "inadmissible", reason);
}

#[test]
fn a_change_without_dependencies_is_refused() {
    let reason = "change depends on nothing, not even the document's genesis";
    refused("no-dependency", "inadmissible", reason);
}

#[test]
fn a_start_op_that_leaves_a_gap_is_refused() {
    refused("start-op-gap", "inadmissible", "operations start at 13, not at 12");
}

#[test]
fn a_start_op_near_31_bits_is_refused() {
    refused("start-op-31-bits", "inadmissible", "last operation's counter is not below 2147483648");
}

#[test]
fn a_start_op_near_32_bits_is_refused() {
    refused("start-op-32-bits", "inadmissible", "start_op 4294967295 is not in 1..2147483648");
}

// What it changes.

#[test]
fn an_operation_on_a_map_that_is_not_there_is_refused() {
    let reason = "operation 12 writes into something that is no map of the genesis";
    refused("no-such-map", "inadmissible", reason);
}

#[test]
fn an_operation_on_an_object_of_an_actor_that_is_not_there_is_refused() {
    let reason = "operation 12 writes into something that is no map of the genesis";
    refused("map-of-nobody", "inadmissible", reason);
}

#[test]
fn a_predecessor_of_an_actor_that_is_not_there_is_refused() {
    let reason = "operation 12 replaces what no dependency has written under its name";
    refused("pred-of-nobody", "inadmissible", reason);
}

#[test]
fn a_predecessor_of_another_key_is_refused() {
    let reason = "operation 12 replaces what no dependency has written under its name";
    refused("pred-of-another-key", "inadmissible", reason);
}

#[test]
fn a_predecessor_in_another_map_is_refused() {
    let reason = "operation 12 replaces what no dependency has written under its name";
    refused("pred-in-another-map", "inadmissible", reason);
}

#[test]
fn a_delete_of_nothing_is_refused() {
    refused("delete-of-nothing", "inadmissible", "operation 12 deletes nothing");
}

#[test]
fn a_change_of_the_root_is_refused() {
    let reason = "column object actor differs from the others in its number of rows";
    refused("root", "inadmissible", reason);
}

#[test]
fn an_object_made_by_a_change_is_refused() {
    refused("make-map", "inadmissible", "operation 12 neither sets nor deletes, but does 0");
}

#[test]
fn an_increment_is_refused() {
    refused("increment", "inadmissible", "operation 12 neither sets nor deletes, but does 5");
}

#[test]
fn a_mark_is_refused() {
    refused("mark", "inadmissible", "unknown column 0xa5");
}

#[test]
fn a_value_of_a_type_that_automerge_does_not_know_is_refused() {
    let reason = "value of type 15 is no text, no whole number, and neither yes nor no";
    refused("unknown-value", "inadmissible", reason);
}

// How it is written.

#[test]
fn an_author_footer_on_seq_2_is_refused() {
    refused("author-footer", "inadmissible", "5 bytes follow the columns");
}

#[test]
fn a_number_with_a_needless_byte_is_refused() {
    refused("long-number", "inadmissible", "number is written with more bytes than it needs");
}

#[test]
fn runs_that_should_be_one_are_refused() {
    refused("split-run", "inadmissible", "column action has neighbouring runs that are one");
}

#[test]
fn a_deflated_chunk_that_inflates_to_a_gigabyte_is_refused_unread() {
    refused("deflate-bomb", "inadmissible", "chunk of type 2 is not a plain change");
}

#[test]
fn a_deflated_column_is_refused_unread() {
    refused("deflated-column", "inadmissible", "column value is compressed");
}

#[test]
fn a_document_chunk_is_refused() {
    refused("document-chunk", "inadmissible", "chunk of type 0 is not a plain change");
}

#[test]
fn a_bundle_chunk_is_refused() {
    refused("bundle-chunk", "inadmissible", "chunk of type 3 is not a plain change");
}

#[test]
fn a_sync_message_with_an_empty_bloom_filter_is_refused() {
    let reason = "chunk does not begin with automerge's magic bytes";
    refused("sync-message", "inadmissible", reason);
}

#[test]
fn a_run_of_two_to_the_62_rows_is_refused() {
    refused("run-2-62", "inadmissible", "column action has more than 65536 rows");
}

#[test]
fn a_run_of_two_to_the_32_and_one_rows_is_refused() {
    refused("run-2-32-1", "inadmissible", "column action has more than 65536 rows");
}

#[test]
fn a_run_of_nulls_is_refused() {
    refused("run-of-nulls", "inadmissible", "column key name has a null");
}

#[test]
fn predecessors_without_end_are_refused() {
    refused("preds-2-62", "inadmissible", "more than 65536 predecessors");
}

// Where it is put.

#[test]
fn a_change_replayed_into_another_document_is_refused() {
    let reason = "actor is not derived from the device, space, document, generation and nonce";
    refused("other-document", "inadmissible", reason);
}

#[test]
fn a_change_replayed_into_another_space_is_refused() {
    let reason = "actor is not derived from the device, space, document, generation and nonce";
    refused("other-space", "inadmissible", reason);
}

#[test]
fn an_entry_replayed_into_another_book_is_refused() {
    refused("other-book", "batch", "entry or statement belongs to another book");
}

#[test]
fn an_entry_without_one_of_its_items_is_refused() {
    let bad = Key::from_bytes(&BAD).device();
    let reason =
        format!("items beside entry 0 of device {} are not those that it names", bad.short());
    refused("missing-item", "batch", &reason);
}

#[test]
fn endless_incarnations_are_refused() {
    let bad = Key::from_bytes(&BAD).device();
    let reason = format!("device {} uses more than 16 incarnations", bad.short());
    refused("incarnations", "batch", &reason);
}

// Every bit.

#[test]
fn every_bit_of_a_valid_change_may_be_flipped_and_its_receiver_goes_on() {
    let mut victim = Victim::new();
    let deliveries = make::bit_flips();
    assert!(deliveries.len() > 800);
    victim.store.receive(&[], &deliveries, NOW).unwrap();
    let status = victim.store.ask(&Status).unwrap();
    assert_eq!(status.stuck, 0);
    // A dependency with a bit flipped may yet come; a text with one is another text, and of all
    // changes with one actor and number one counts.
    assert!(status.inadmissible > 300 && status.pending > 200, "{status:?}");
    victim.goes_on();
}
