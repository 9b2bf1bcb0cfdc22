//! Which family belongs to whom: no two collectors may print under one name.

use std::collections::HashMap;

use crate::descriptor::Descriptor;

/// The names on the page that are taken, and the families behind them.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    owners: HashMap<String, (String, String)>,
    families: HashMap<String, Vec<Descriptor>>,
}

/// A name that is taken.
#[derive(Debug)]
pub(crate) struct Clash {
    pub(crate) family: String,
    pub(crate) other_family: String,
    pub(crate) other_owner: String,
}

impl Claims {
    /// Takes all names of `families` for `owner`, or none of them.
    ///
    /// What `owner` holds already it may claim again. The labels may be others then, and replace those of before; the kind
    /// may not.
    pub(crate) fn claim(&mut self, owner: &str, families: &[Descriptor]) -> Result<(), Clash> {
        let mut taken: HashMap<String, (String, String)> = HashMap::new();
        for family in families {
            let is_held = self.held(owner).any(|known| has_names_of(known, family));
            for name in family.names_on_pages() {
                let held_by_others = self.owners.get(&name).filter(|_| !is_held);
                if let Some((other_owner, other_family)) = held_by_others.or_else(|| taken.get(&name)) {
                    return Err(Clash {
                        family: family.name().to_owned(),
                        other_family: other_family.clone(),
                        other_owner: other_owner.clone(),
                    });
                }
                taken.insert(name, (owner.to_owned(), family.name().to_owned()));
            }
        }
        self.owners.extend(taken);
        let held = self.families.entry(owner.to_owned()).or_default();
        held.retain(|known| !families.iter().any(|family| has_names_of(known, family)));
        held.extend_from_slice(families);
        Ok(())
    }

    /// Whether `owner` has claimed this family with this kind and, last, these labels.
    pub(crate) fn holds(&self, owner: &str, family: &Descriptor) -> bool {
        self.held(owner).any(|known| known.has_shape_of(family))
    }

    fn held(&self, owner: &str) -> impl Iterator<Item = &Descriptor> {
        self.families.get(owner).into_iter().flatten()
    }
}

/// Whether pages print both under the same names, and as the same kind: they are one family, whatever the labels.
fn has_names_of(family: &Descriptor, other: &Descriptor) -> bool {
    family.name() == other.name() && family.kind() == other.kind()
}
