//! Trying again the changes that are stuck: by itself in every new version, and by hand.

use redb::ReadableTable;

use super::error::{Error, damaged};
use super::schema::{DocumentRow, META_TRIED, RefusedRow};
use super::writing::{Tables, decode};
use super::{Store, place};

/// A version of the program tries once of itself.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Store {
    /// Tries again every change that is stuck.
    ///
    /// Costs one look at what was refused, and one trial of each document concerned.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn retry_stuck(&mut self) -> Result<(), Error> {
        let transaction = place::begin(&self.database.current())?;
        {
            let mut tables = Tables::open(&transaction)?;
            tables.meta.insert(META_TRIED, VERSION.as_bytes())?;
            let mut stuck = Vec::new();
            for row in tables.refused.iter()? {
                let (hash, row) = row?;
                let row: RefusedRow = decode(row.value(), "a refused change")?;
                if row.stuck {
                    stuck.push((*hash.value(), row.document));
                }
            }
            for (hash, document) in stuck {
                tables.refused.remove(&hash)?;
                let row = tables.documents.get(&document.0)?;
                let row = row.ok_or_else(|| damaged("a document row"))?;
                let row: DocumentRow = decode(row.value(), "a document row")?;
                tables.behind.insert(row.number, &document.0)?;
            }
        }
        transaction.commit()?;
        self.count(1, 0);
        self.catch_up()
    }

    /// Tries again if another version of the program did so last.
    pub(super) fn retry_in_new_version(&mut self) -> Result<(), Error> {
        match self.reader()?.meta(META_TRIED)? {
            Some(version) if version == VERSION.as_bytes() => Ok(()),
            _ => self.retry_stuck(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hostile::{NOW, Victim, everything, honest};
    use super::*;
    use crate::change::Change;
    use crate::document::guard::Candidate;
    use crate::document::planted::{Defect, plant};
    use crate::document::{Document, Stuck};
    use crate::id::{ChangeHash, RecordId};
    use crate::log::{Item, Key};
    use crate::model::{NewPerson, PersonEdit};
    use crate::query::{Show, Status};
    use crate::store::Delivery;

    /// What the honest device has written since: Ada's title three times, then somebody else.
    struct Since {
        batch: Vec<Delivery>,
        ada: RecordId,
        bo: RecordId,
        /// Ada's changes, one on another.
        changes: Vec<ChangeHash>,
    }

    fn since() -> Since {
        let (mut laptop, ada) = honest();
        for title in ["before", "stuck", "after"] {
            laptop.apply(&titled(ada, title), NOW).unwrap();
        }
        let bo = NewPerson { name: "Bo Nato".to_owned(), edits: Vec::new() };
        let bo = laptop.apply(&Change::AddPerson(bo), NOW).unwrap().created[0];
        let batch = everything(&laptop);
        let items = batch.iter().flat_map(|delivery| &delivery.items);
        let of_ada = items.map(|bytes| Item::decode(bytes).unwrap());
        let of_ada = of_ada.filter(|item| item.record == ada);
        let hash = |item: Item| Candidate::read(item.chunks[0].clone()).unwrap().hash();
        Since { changes: of_ada.map(hash).collect(), batch, ada, bo }
    }

    fn titled(person: RecordId, title: &str) -> Change {
        let edits = vec![PersonEdit::Title(Some(title.to_owned()))];
        Change::EditPeople { people: vec![person], edits }
    }

    fn title(store: &Store, ada: RecordId) -> Option<String> {
        store.ask(&Show { record: ada, interactions: 0 }).unwrap().person.title
    }

    fn status(store: &Store) -> (u64, u64, u64) {
        let status = store.ask(&Status).unwrap();
        (status.stuck, status.inadmissible, status.pending)
    }

    #[test]
    fn one_stuck_change_of_a_batch_holds_up_what_depends_on_it_and_nothing_else() {
        let Since { batch, ada, bo, changes } = since();
        for defect in [
            Defect::Refuses(changes[2]),
            Defect::Panics(changes[2]),
            Defect::PassesOver(changes[2]),
            Defect::Loses(changes[2]),
            Defect::Garbles(changes[2]),
        ] {
            let Victim { store: mut phone, .. } = Victim::new();
            plant(Some(defect));
            phone.receive(&[], &batch, NOW).unwrap();
            assert_eq!(status(&phone), (2, 0, 0), "{defect:?}");
            assert_eq!(title(&phone, ada).as_deref(), Some("before"));
            phone.ask(&Show { record: bo, interactions: 0 }).unwrap();
            assert!(phone.fold_check().unwrap().is_equal());
            plant(None);
            phone.retry_stuck().unwrap();
            assert_eq!(status(&phone), (0, 0, 0), "{defect:?}");
            assert_eq!(title(&phone, ada).as_deref(), Some("after"));
            assert!(phone.fold_check().unwrap().is_equal());
        }
    }

    #[test]
    fn what_depends_on_a_stuck_change_and_comes_later_is_stuck_and_blames_nobody() {
        let Since { batch, changes, .. } = since();
        let Victim { store: mut phone, .. } = Victim::new();
        plant(Some(Defect::Refuses(changes[2])));
        for delivery in &batch {
            phone.receive(&[], std::slice::from_ref(delivery), NOW).unwrap();
        }
        assert_eq!(status(&phone), (2, 0, 0));
        plant(None);
    }

    #[test]
    fn each_change_is_stuck_for_its_own_reason() {
        let Since { batch, ada, changes, .. } = since();
        let items = batch.iter().flat_map(|delivery| &delivery.items);
        let items = items.map(|bytes| Item::decode(bytes).unwrap());
        let of_ada: Vec<Candidate> = items
            .filter(|item| item.record == ada)
            .map(|item| Candidate::read(item.chunks[0].clone()).unwrap())
            .collect();
        plant(Some(Defect::Refuses(changes[2])));
        let stuck = Document::found().take(&of_ada.iter().collect::<Vec<_>>());
        plant(None);
        let expected = [(changes[2], Stuck("planted".to_owned())), (changes[3], Stuck::on_stuck())];
        assert_eq!(stuck, expected);
    }

    #[test]
    fn a_new_version_tries_again_by_itself_and_the_same_does_not() {
        let Since { batch, ada, changes, .. } = since();
        let Victim { store: mut phone, place } = Victim::new();
        plant(Some(Defect::Refuses(changes[2])));
        phone.receive(&[], &batch, NOW).unwrap();
        plant(None);
        let reopen = |store: Store| {
            drop(store);
            Store::open(&place, Key::from_bytes(&[3; 32]), [4; 32]).unwrap()
        };
        let phone = reopen(phone);
        assert_eq!(status(&phone), (2, 0, 0));
        let transaction = place::begin(&phone.database.current()).unwrap();
        let mut tables = Tables::open(&transaction).unwrap();
        tables.meta.insert(META_TRIED, b"0.0.0".as_slice()).unwrap();
        drop(tables);
        transaction.commit().unwrap();
        let phone = reopen(phone);
        assert_eq!(status(&phone), (0, 0, 0));
        assert_eq!(title(&phone, ada).as_deref(), Some("after"));
        assert_eq!(phone.reader().unwrap().meta(META_TRIED).unwrap().unwrap(), VERSION.as_bytes());
    }

    #[test]
    fn an_own_change_that_automerge_does_not_save_is_not_signed() {
        let Since { batch, ada, changes, .. } = since();
        let Victim { store: mut phone, .. } = Victim::new();
        phone.receive(&[], &batch, NOW).unwrap();
        let before = phone.table_hashes().unwrap();
        for defect in [Defect::Loses(changes[0]), Defect::Garbles(changes[0])] {
            plant(Some(defect));
            let refused = phone.apply(&titled(ada, "own"), NOW).unwrap_err();
            plant(None);
            assert!(refused.to_string().contains("own change refused"), "{refused}");
            assert_eq!(phone.table_hashes().unwrap(), before);
        }
        phone.apply(&titled(ada, "own"), NOW).unwrap();
        assert_eq!(title(&phone, ada).as_deref(), Some("own"));
    }
}
