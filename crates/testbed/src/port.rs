use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use tokio::net::TcpSocket;

use crate::Error;

/// A port of 127.0.0.1 on which a server of ours may listen, and which the kernel gives to nobody else while this value
/// lives, whether the server runs or not.
///
/// The socket that holds it is bound and never listens: Linux lets a second socket listen beside it, if both say
/// `SO_REUSEADDR` as servers do, but neither hands the port out nor dials from it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _held: TcpSocket,
}

impl Port {
    /// Takes one that is free.
    ///
    /// # Errors
    /// None is.
    pub fn take() -> Result<Self, Error> {
        Self::bound().map_err(Error::Port)
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    fn bound() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { number: socket.local_addr()?.port(), _held: socket })
    }
}

/// A port of 127.0.0.1 that the kernel calls free at the moment: nobody listens there.
///
/// # Errors
/// None is free.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_taken_port_serves_its_owner_only() {
        let port = Port::take().unwrap();
        let address = (Ipv4Addr::LOCALHOST, port.number());
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let others: Vec<Port> = (0..1_000).map(|_| Port::take().unwrap()).collect();
        assert!(others.iter().all(|other| other.number() != port.number()));
        for _ in 0..2 {
            let server = TcpListener::bind(address).unwrap();
            TcpStream::connect(address).unwrap();
            drop(server);
        }
    }
}
