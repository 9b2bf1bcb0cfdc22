//! The collectors as they are with default settings: their names, families and switches.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Program;
use crate::failure::Failure;
use crate::settings;
use crate::wiring::{Wiring, WiringError};

/// Those of each page.
pub(super) struct Stock {
    /// The program's own.
    pub(super) page: Wiring,
    /// Those beside another program, in the order in which they were given.
    pub(super) beside: Vec<Wiring>,
}

impl Stock {
    /// The names that may follow `collectors.` in settings, whichever page is served.
    pub(super) fn names(&self) -> Vec<String> {
        let pages = std::iter::once(&self.page).chain(&self.beside);
        let mut names: Vec<String> = pages.flat_map(Wiring::switches).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl<S: Default + DeserializeOwned + Serialize> Program<S> {
    pub(super) fn stock(
        &self,
        wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>,
    ) -> Result<Stock, Failure> {
        let defaults = S::default();
        let wire_all = || {
            let mut stock = Stock { page: self.wiring(true)?, beside: Vec::new() };
            wire(&defaults, &mut stock.page)?;
            for beside in &self.beside {
                let mut page = self.wiring(false)?;
                beside.wire(&defaults, Path::new(""), &mut page)?;
                stock.beside.push(page);
            }
            stock.page.check()?;
            stock.beside.iter().try_for_each(Wiring::check)?;
            settings::check_sections(&defaults, &stock.names())?;
            Ok(stock)
        };
        wire_all().map_err(|error: WiringError| {
            Failure::runtime("the collectors cannot be wired with default settings", &*error)
        })
    }
}
