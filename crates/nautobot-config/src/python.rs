//! As much of Python as it takes to read literals: [tokens](token), [strings](string), [statements](statement),
//! [values](literal).

mod literal;
mod statement;
mod string;
mod token;

pub(crate) use self::literal::{Code, Node, Parser, Value};
pub(crate) use self::statement::{Statement, statements};
pub(crate) use self::token::{Kind, Token};
