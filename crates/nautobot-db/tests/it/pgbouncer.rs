use std::net::TcpStream;

use nautobot_db::{Nautobot, types::Type};
use testbed::{Database, Postgres, Program, Supervisor};
use tokio::task::JoinSet;

use crate::{settings, within};

#[tokio::test(flavor = "multi_thread")]
async fn transaction_mode_works() {
    let Some(program) = installed() else {
        println!("skipped: pgbouncer is not installed");
        return;
    };
    let database = Postgres::shared().database("nautobot-3.2.7");
    let port = testbed::free_port().unwrap();
    let _pgbouncer = start(program, &database, port);
    let url = format!("postgresql://postgres@127.0.0.1:{port}/{}", database.name());
    let mut settings = settings(url);
    settings.max_connections = 8;
    let nautobot = Nautobot::open(&settings).unwrap();
    assert_eq!(nautobot.schema(within(5.0)).await.unwrap().line().to_string(), "3.2");

    let mut readers = JoinSet::new();
    for reader in 0..8_i64 {
        let nautobot = nautobot.clone();
        readers.spawn(async move {
            for round in 0..50 {
                let reading = nautobot.read(within(10.0)).await.unwrap();
                let parameter = reader * 100 + round;
                let rows = reading.query("SELECT $1", &[(&parameter, Type::INT8)]).await.unwrap();
                assert_eq!(rows[0].get::<_, i64>(0), parameter);
                reading.finish().await.unwrap();
            }
        });
    }
    while let Some(outcome) = readers.join_next().await {
        outcome.unwrap();
    }
}

fn installed() -> Option<&'static str> {
    ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| std::path::Path::new(path).exists())
}

/// Two server connections for eight clients, so that each transaction may meet another one.
fn start(program: &str, database: &Database, port: u16) -> Supervisor {
    let server = database.url();
    let server = server.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
    let prepare = format!(
        "cat >pgbouncer.ini <<END
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
END"
    );
    let pgbouncer = Supervisor::new(&Program {
        server: "PgBouncer",
        command: [program, "pgbouncer.ini"].map(Into::into).into(),
        prepare,
        stop_signal: "INT",
        unprivileged: true,
    })
    .unwrap();
    pgbouncer.start(|_| TcpStream::connect(("127.0.0.1", port)).is_ok()).unwrap();
    pgbouncer
}
