//! What `X-Forwarded-For` and `Forwarded` (RFC 7239) say, from the nearest hop to the farthest.
//!
//! Both are read from their end: there stands what the nearest proxy wrote. What a client sent stands before it, so it can
//! neither move nor hide the proxy's own part, however it is written.

use actix_web::http::header::{FORWARDED, HeaderMap, X_FORWARDED_FOR};
use std::net::IpAddr;

/// The hops of `X-Forwarded-For`; `None` for one that is no address.
pub(super) fn usual_hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers.get_all(X_FORWARDED_FOR).rev().flat_map(|line| {
        let line = String::from_utf8_lossy(line.as_bytes());
        let hops: Vec<_> = line.rsplit(',').take(super::MAX_HOPS).map(usual_address).collect();
        hops
    })
}

/// The hops of `Forwarded`; `None` for one that is no address.
pub(super) fn standard_hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers.get_all(FORWARDED).rev().flat_map(|line| {
        let line = String::from_utf8_lossy(line.as_bytes());
        let elements = elements_from_the_end(&line).take(super::MAX_HOPS);
        let hops: Vec<_> = elements.map(|element| node_address(&node(element)?)).collect();
        hops
    })
}

/// There is no grammar of it. Proxies write addresses with and without brackets, ports and quotes.
fn usual_address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let hop = hop
        .strip_prefix('"')
        .and_then(|hop| hop.strip_suffix('"'))
        .unwrap_or(hop);
    let address = hop.parse().ok().or_else(|| node_address(hop));
    address.map(|address: IpAddr| address.to_canonical())
}

/// The address of a node (RFC 7239, section 6): IPv4, or IPv6 in brackets, and perhaps a port. `unknown` and obfuscated
/// identifiers are none.
fn node_address(node: &str) -> Option<IpAddr> {
    let (address, port) = if let Some(rest) = node.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        (IpAddr::V6(address.parse().ok()?), port)
    } else {
        let (address, port) = node.split_at(node.find(':').unwrap_or(node.len()));
        (IpAddr::V4(address.parse().ok()?), port)
    };
    let is_right = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    is_right.then(|| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(hidden) => hidden
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The elements of a list, the last one first. A comma in quotes parts nothing.
fn elements_from_the_end(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let parted = last_comma(text).and_then(|comma| text.split_at_checked(comma));
        rest = parted.map(|(before, _)| before);
        Some(parted.map_or(text, |(_, element)| element.trim_start_matches(',')))
    })
}

/// Where the last comma is that stands outside of quotes, seen from the end. In quotes a quote has a backslash before it.
fn last_comma(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut bytes = text.bytes().enumerate().rev().peekable();
    while let Some((at, byte)) = bytes.next() {
        let is_escaped = bytes.peek().is_some_and(|(_, before)| *before == b'\\');
        match byte {
            b'"' if !is_quoted => is_quoted = true,
            b'"' if !is_escaped => is_quoted = false,
            b',' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// What an element says of the node that asked: the value of `for`. `None` where the element is not right, or has it twice.
fn node(element: &str) -> Option<String> {
    let mut found = None;
    let mut rest = element.trim();
    loop {
        let (name, value) = rest.split_once('=')?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => bare(value)?,
        };
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start();
        if after.is_empty() {
            return found;
        }
        rest = after.strip_prefix(';')?.trim_start();
    }
}

/// The text up to the quote that ends it, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            character => value.push(character),
        }
    }
}

/// A value without quotes, and what follows. Colons and brackets would need quotes; not every proxy knows.
fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    let is_right = !value.is_empty() && value.bytes().all(|byte| is_token(byte) || b":[]".contains(&byte));
    is_right.then(|| (value.to_owned(), after))
}

/// Whether it may stand in a token (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_parted_from_its_end_at_commas_outside_of_quotes() {
        for (line, expected) in [
            ("a, b,c", &["c", " b", "a"][..]),
            (r#"a,b="x,y",c"#, &["c", r#"b="x,y""#, "a"]),
            (r#"a,b="x\",y""#, &[r#"b="x\",y""#, "a"]),
            (r#"a,b="x\\",c"#, &["c", r#"b="x\\""#, "a"]),
            // What somebody left open before it changes nothing.
            (r#"a="x,b"#, &["b", r#"a="x"#]),
            ("", &[""]),
            (",", &["", ""]),
        ] {
            assert_eq!(elements_from_the_end(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn an_element_names_one_node() {
        for (element, expected) in [
            ("for=192.0.2.1", Some("192.0.2.1")),
            ("FOR=192.0.2.1;proto=https;by=_me", Some("192.0.2.1")),
            (r#"proto=https; for="[2001:db8::1]:80""#, Some("[2001:db8::1]:80")),
            (r#"for="a\"b""#, Some("a\"b")),
            (r#" host="a;for=x" ;for=y "#, Some("y")),
            (r#"host="a;for=x""#, None),
            ("for=a;for=b", None),
            ("for = a", None),
            ("for=", None),
            (r#"for="a"#, None),
            (r#"for="a"b"#, None),
            ("for=a;", None),
            ("192.0.2.1", None),
            ("", None),
        ] {
            assert_eq!(node(element).as_deref(), expected, "{element}");
        }
    }

    #[test]
    fn an_address_may_have_a_port_and_brackets() {
        for (hop, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            (" 192.0.2.1:65535 ", Some("192.0.2.1")),
            ("192.0.2.1:_port", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("\"[2001:db8::1]:80\"", Some("2001:db8::1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("[::ffff:192.0.2.1]:80", Some("192.0.2.1")),
            ("192.0.2.1:", None),
            ("192.0.2.1:123456", None),
            ("192.0.2.1:http", None),
            ("192.0.2", None),
            ("0192.0.2.1", None),
            ("[192.0.2.1]", None),
            ("[2001:db8::1", None),
            ("fe80::1%eth0", None),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
            ("\"", None),
        ] {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(usual_address(hop), expected, "{hop}");
        }
    }
}
