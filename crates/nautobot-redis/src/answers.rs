//! Replies of a pipeline, taken in the order in which the commands were written.

use redis::Value;

use crate::complaints::Complaints;
use crate::connections::Replies;
use crate::error::Error;

/// The replies that are not read yet.
///
/// Every method takes one reply, `None` if the key has another type than the command is for, which becomes a complaint.
/// Any other error of the server fails the whole call: it is about the connection or the user, not about a key.
#[derive(Debug)]
pub struct Answers<'a> {
    replies: Replies,
    complaints: &'a mut Complaints,
}

impl<'a> Answers<'a> {
    pub(crate) fn new(replies: Replies, complaints: &'a mut Complaints) -> Self {
        Self { replies, complaints }
    }

    /// A length, a number of members, or whether something exists; the size of nothing is 0.
    pub fn count(&mut self, key: &[u8]) -> Result<Option<u64>, Error> {
        match self.next(key)? {
            Some(Value::Int(count)) => Ok(Some(u64::try_from(count).unwrap_or(0))),
            Some(Value::Nil) => Ok(Some(0)),
            Some(other) => Err(self.unexpected(&other)),
            None => Ok(None),
        }
    }

    /// The members of a set or of a range.
    pub fn members(&mut self, key: &[u8]) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let members = match self.next(key)? {
            Some(Value::Array(members) | Value::Set(members)) => members,
            Some(Value::Nil) => Vec::new(),
            Some(other) => return Err(self.unexpected(&other)),
            None => return Ok(None),
        };
        let mut names = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Value::BulkString(name) => names.push(name),
                other => return Err(self.unexpected(&other)),
            }
        }
        Ok(Some(names))
    }

    /// A step of `SCAN`: where the next one begins, and the keys that it found.
    pub fn step(&mut self) -> Result<(u64, Vec<Vec<u8>>), Error> {
        let reply = self.replies.next()?;
        if let Value::ServerError(error) = &reply {
            return Err(self.replies.refused(error.code(), error.details()));
        }
        redis::from_redis_value::<(String, Vec<Vec<u8>>)>(reply)
            .ok()
            .and_then(|(cursor, keys)| Some((cursor.parse().ok()?, keys)))
            .ok_or_else(|| self.replies.garbled("an answer is no step of SCAN"))
    }

    /// Fields of a hash, in the order in which they were asked for, each `None` if it is not there.
    pub fn fields(&mut self, key: &[u8]) -> Result<Option<Vec<Option<Vec<u8>>>>, Error> {
        let values = match self.next(key)? {
            Some(Value::Array(values)) => values,
            Some(other) => return Err(self.unexpected(&other)),
            None => return Ok(None),
        };
        let field = |value| match value {
            Value::BulkString(field) => Ok(Some(field)),
            Value::Nil => Ok(None),
            other => Err(self.unexpected(&other)),
        };
        values.into_iter().map(field).collect::<Result<_, _>>().map(Some)
    }

    /// A score: `Some(None)` if it is not there.
    pub fn number(&mut self, key: &[u8]) -> Result<Option<Option<f64>>, Error> {
        match self.next(key)? {
            Some(Value::BulkString(text)) => {
                Ok(Some(std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok())))
            }
            // As RESP3 has it, which a URL may ask for.
            Some(Value::Double(number)) => Ok(Some(Some(number))),
            Some(Value::Nil) => Ok(Some(None)),
            Some(other) => Err(self.unexpected(&other)),
            None => Ok(None),
        }
    }

    /// Notes why the value of a key is left out; `why` reads on from the name of the key.
    pub fn complain(&mut self, key: &[u8], why: &str) {
        self.complaints.add(key, why);
    }

    fn next(&mut self, key: &[u8]) -> Result<Option<Value>, Error> {
        match self.replies.next()? {
            Value::ServerError(error) if error.code() == "WRONGTYPE" => {
                self.complain(key, "holds another type than belongs there");
                Ok(None)
            }
            Value::ServerError(error) => Err(self.replies.refused(error.code(), error.details())),
            reply => Ok(Some(reply)),
        }
    }

    fn unexpected(&self, reply: &Value) -> Error {
        let kind = match reply {
            Value::Nil => "nothing",
            Value::Int(_) => "a number",
            Value::BulkString(_) | Value::SimpleString(_) | Value::Okay => "a string",
            Value::Array(_) | Value::Set(_) => "a list",
            _ => "an unknown type",
        };
        self.replies.garbled(&format!("an answer is {kind}"))
    }
}
