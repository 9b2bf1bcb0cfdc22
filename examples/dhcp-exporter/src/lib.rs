//! What dnsmasq tells of itself.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use serde::{Deserialize, Serialize};

static LEASES: Family<Gauge, 1> = Family::gauge("acme_dhcp_leases", "Leased addresses.", ["network"]);

/// Counts the leases in dnsmasq's file: reads it once, a series for each /24 in use. Its fields are its settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Leases {
    /// Where dnsmasq keeps its leases.
    pub file: PathBuf,
}

impl Default for Leases {
    fn default() -> Self {
        Self { file: "/var/lib/misc/dnsmasq.leases".into() }
    }
}

impl Collector for Leases {
    fn name(&self) -> &str {
        "leases"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![LEASES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let failed = |problem: &str| CollectError::new(format!("{}: {problem}", self.file.display()));
        let file = tokio::fs::read_to_string(&self.file).await.map_err(|error| failed(&error.to_string()))?;
        let mut networks: BTreeMap<String, u32> = BTreeMap::new();
        // behind this line are leases of IPv6
        for line in file.lines().take_while(|line| !line.starts_with("duid ")) {
            let address = line.split(' ').nth(2).and_then(|address| address.parse::<Ipv4Addr>().ok());
            let [a, b, c, _] = address.ok_or_else(|| failed("a line has no address"))?.octets();
            *networks.entry(format!("{a}.{b}.{c}.0/24")).or_default() += 1;
        }
        networks.iter().for_each(|(network, &leases)| out.gauge(&LEASES, [network], leases));
        Ok(())
    }
}
