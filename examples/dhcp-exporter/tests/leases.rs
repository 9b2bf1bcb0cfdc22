//! Leases are counted, and a file that is none is told.

use collector_testkit::{Error, failure, scrape};
use dhcp_exporter::Leases;

#[tokio::test]
async fn leases_are_counted_by_network() -> Result<(), Error> {
    let page = scrape(Leases { file: "tests/dnsmasq.leases".into() }).await?;
    page.assert_eq(
        r#"
        # TYPE acme_dhcp_leases gauge
        acme_dhcp_leases{network="10.0.1.0/24"} 2
        acme_dhcp_leases{network="10.0.2.0/24"} 1
        "#,
    );
    page.assert_conventions();
    page.assert_at_most(2);
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_away_or_another_one_is_named() -> Result<(), Error> {
    let error = failure(Leases { file: "no/such/file".into() }).await?;
    assert_eq!(error, "no/such/file: No such file or directory (os error 2)");
    let error = failure(Leases { file: "Cargo.toml".into() }).await?;
    assert_eq!(error, "Cargo.toml: a line has no address");
    Ok(())
}
