#![doc = include_str!("../README.md")]

mod check;
mod claims;
mod collector;
mod deadline;
mod descriptor;
mod family;
mod family_samples;
mod flight;
mod gathered;
mod limits;
mod names;
mod registry;
mod samples;
mod value;

pub use collector::{BoxCollector, CollectError, Collector};
pub use descriptor::{Descriptor, DescriptorError, Kind, Stability};
pub use family::{Counter, Family, Gauge, Histogram, Info, Summary};
pub use family_samples::{FamilySamples, Sample};
pub use gathered::{Gathered, Outcome, Run};
pub use limits::Limits;
pub use registry::{RegisterError, Registry, Scrape, Selection};
pub use samples::Samples;
pub use value::{Buckets, Number, Quantiles, Value};
