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
    /// What `owner` holds already it may claim again, as long as kind and labels are the same.
    pub(crate) fn claim(&mut self, owner: &str, families: &[Descriptor]) -> Result<(), Clash> {
        let mut taken: HashMap<String, (String, String)> = HashMap::new();
        for family in families {
            if self.holds(owner, family) {
                continue;
            }
            for name in family.names_on_pages() {
                if let Some((other_owner, other_family)) = self.owners.get(&name).or_else(|| taken.get(&name))
                {
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
        for family in families {
            if !held.iter().any(|known| known.has_shape_of(family)) {
                held.push(family.clone());
            }
        }
        Ok(())
    }

    /// Whether `owner` has claimed this family with this kind and these labels.
    pub(crate) fn holds(&self, owner: &str, family: &Descriptor) -> bool {
        self.families.get(owner).is_some_and(|held| held.iter().any(|known| known.has_shape_of(family)))
    }
}
