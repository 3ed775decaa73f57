//! Requests: what they ask, and who is told what is wrong.

use super::*;
use crate::prompt::Step;
use proptest::prelude::*;

const BASE: &str = "client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&response_type=code";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(query: &str) -> Result<AuthorizationRequest, UntrustedRequest> {
    AuthorizationRequest::read(&Parameters::parse(query.as_bytes(), AuthorizationRequest::MOST))
}

fn asked(more: &str) -> Asked {
    read(&format!("{BASE}&{more}")).unwrap().asked.unwrap()
}

/// The code that the client is told, and whether the state goes with it.
fn refused(query: &str) -> (AuthorizationErrorCode, bool) {
    let request = read(query).unwrap();
    (request.asked.unwrap_err().code, request.state.is_some())
}

#[test]
fn a_request_says_whose_it_is_where_it_ends_and_what_is_asked() {
    let request = read(&format!(
        "{BASE}&scope=openid+email&state=a%26b&nonce=n&code_challenge={CHALLENGE}&code_challenge_method=S256\
         &prompt=login&max_age=60&login_hint=ada%40example.org&id_token_hint=a.b.c&acr_values=2fa+1fa\
         &ui_locales=ko+en&resource=https%3A%2F%2Fapi.example&response_mode=form_post&claims=%7B%7D&display=popup&foo=bar"
    ))
    .unwrap();
    assert_eq!(request.client_id.as_str(), "shop");
    assert_eq!(request.redirect_uri.as_str(), "https://shop.example/cb");
    assert_eq!(request.state.as_deref(), Some("a&b"));
    assert_eq!(request.response_mode, ResponseMode::FormPost);
    let asked = request.asked.unwrap();
    assert_eq!(asked.scope.unwrap().to_string(), "email openid");
    assert_eq!(asked.resources.len(), 1);
    assert_eq!(asked.code_challenge.unwrap().as_str(), CHALLENGE);
    assert_eq!(asked.nonce.as_deref(), Some("n"));
    assert!(asked.prompt.asks_for(Step::Login));
    assert_eq!(asked.max_age, Some(MaxAge::of_seconds(60)));
    assert_eq!(asked.login_hint.as_deref(), Some("ada@example.org"));
    assert_eq!(asked.id_token_hint.unwrap().expose(), "a.b.c");
    assert_eq!(asked.acr_values.iter().count(), 2);
    assert_eq!(asked.ui_locales, ["ko", "en"]);
}

#[test]
fn little_has_to_be_said() {
    let request = read(BASE).unwrap();
    assert_eq!(request.response_mode, ResponseMode::Query);
    assert_eq!(request.asked, Ok(Asked::default()));
}

#[test]
fn nobody_but_the_user_is_told_where_the_client_or_its_uri_is_in_doubt() {
    let redirect = "redirect_uri=https%3A%2F%2Fshop.example%2Fcb";
    for (query, error) in [
        (redirect.to_owned(), UntrustedRequest::NoClient),
        (format!("client_id=&{redirect}"), UntrustedRequest::NoClient),
        (
            format!("client_id=a&client_id=a&{redirect}"),
            UntrustedRequest::NoClient,
        ),
        (format!("client_id=%zz&{redirect}"), UntrustedRequest::NoClient),
        (
            format!("client_id=%0a&{redirect}"),
            UntrustedRequest::Client(ClientIdError::Character),
        ),
        ("client_id=a".to_owned(), UntrustedRequest::NoRedirectUri),
        (
            format!("client_id=a&{redirect}&{redirect}"),
            UntrustedRequest::NoRedirectUri,
        ),
        (
            format!("client_id=a&{redirect}%23"),
            UntrustedRequest::RedirectUri(RedirectUriError::Fragment),
        ),
        (
            "client_id=a&redirect_uri=javascript:x".to_owned(),
            UntrustedRequest::RedirectUri(RedirectUriError::Scheme),
        ),
    ] {
        assert_eq!(read(&query), Err(error), "{query}");
    }
}

#[test]
fn the_client_is_told_what_is_wrong() {
    use AuthorizationErrorCode::{
        InvalidRequest, InvalidScope, InvalidTarget, RequestNotSupported, RequestUriNotSupported,
        UnsupportedResponseType,
    };
    let without_type = BASE.replace("&response_type=code", "");
    for (query, code) in [
        (format!("{without_type}&state=s"), InvalidRequest),
        (format!("{without_type}&state=s&response_type="), InvalidRequest),
        (
            format!("{without_type}&state=s&response_type=token"),
            UnsupportedResponseType,
        ),
        (
            format!("{without_type}&state=s&response_type=id_token"),
            UnsupportedResponseType,
        ),
        (
            format!("{without_type}&state=s&response_type=code+id_token"),
            UnsupportedResponseType,
        ),
        (
            format!("{without_type}&state=s&response_type=code+token"),
            UnsupportedResponseType,
        ),
        (
            format!("{without_type}&state=s&response_type=none"),
            UnsupportedResponseType,
        ),
        (format!("{BASE}&state=s&response_mode=fragment"), InvalidRequest),
        (format!("{BASE}&state=s&response_mode=web_message"), InvalidRequest),
        (format!("{BASE}&state=s&scope=a&scope=b"), InvalidRequest),
        (format!("{BASE}&state=s&prompt=none&prompt=login"), InvalidRequest),
        (format!("{BASE}&state=s&evil=%"), InvalidRequest),
        (format!("{BASE}&state=s&evil=%00"), InvalidRequest),
        (format!("{BASE}&state=s&evil={}", "x".repeat(8192)), InvalidRequest),
        (format!("{BASE}&state=s&nonce={}", "x".repeat(513)), InvalidRequest),
        (
            format!("{BASE}&state=s&id_token_hint={}", "x".repeat(4097)),
            InvalidRequest,
        ),
        (format!("{BASE}&state=s&prompt=none+login"), InvalidRequest),
        (format!("{BASE}&state=s&max_age=-1"), InvalidRequest),
        (format!("{BASE}&state=s&max_age=1.5"), InvalidRequest),
        (format!("{BASE}&state=s&claims=%5B%5D"), InvalidRequest),
        (format!("{BASE}&state=s&scope=a%09b"), InvalidScope),
        (format!("{BASE}&state=s&scope={}", "a+".repeat(600)), InvalidScope),
        (format!("{BASE}&state=s&resource=orders"), InvalidTarget),
        (
            format!("{BASE}&state=s&resource=https%3A%2F%2Fa.example%23"),
            InvalidTarget,
        ),
        (format!("{BASE}&state=s{}", "&resource=urn:a".repeat(6)), InvalidTarget),
        (format!("{BASE}&state=s&request=a.b.c"), RequestNotSupported),
        (
            format!("{BASE}&state=s&request_uri=https%3A%2F%2Fevil.example"),
            RequestUriNotSupported,
        ),
    ] {
        assert_eq!(refused(&query), (code, true), "{query}");
    }
}

#[test]
fn a_challenge_must_say_s256_and_be_one() {
    for more in [
        "code_challenge=&code_challenge_method=S256".to_owned(),
        "code_challenge=".to_owned(),
        "code_challenge_method=S256".to_owned(),
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method="),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
        format!("code_challenge={}&code_challenge_method=S256", &CHALLENGE[1..]),
        format!("code_challenge={CHALLENGE}a&code_challenge_method=S256"),
        format!("code_challenge={}%3D&code_challenge_method=S256", &CHALLENGE[1..]),
    ] {
        let expected = (AuthorizationErrorCode::InvalidRequest, false);
        assert_eq!(refused(&format!("{BASE}&{more}")), expected, "{more}");
    }
}

#[test]
fn a_state_that_is_at_fault_does_not_go_back() {
    for state in [
        "x".repeat(2049),
        "%".to_owned(),
        "%ff".to_owned(),
        "a&state=b".to_owned(),
    ] {
        let expected = (AuthorizationErrorCode::InvalidRequest, false);
        assert_eq!(refused(&format!("{BASE}&state={state}")), expected);
    }
    let long = read(&format!("{BASE}&state={}", "x".repeat(2048))).unwrap();
    assert_eq!(long.state.unwrap().len(), 2048);
}

#[test]
fn a_login_hint_that_is_too_long_is_passed_over() {
    assert_eq!(asked(&format!("login_hint={}", "a".repeat(321))).login_hint, None);
}

#[test]
fn a_hint_is_not_printed() {
    assert!(!format!("{:?}", asked("id_token_hint=eyJhbGciOi")).contains("eyJ"));
}

fn like_a_request() -> impl Strategy<Value = String> {
    let name = prop::sample::select([AuthorizationRequest::PARAMETERS, &["foo"]].concat());
    let value = prop_oneof![
        "[ -~]{0,12}".prop_map(|text| {
            let mut encoded = String::new();
            crate::form::encode(&text, &mut encoded);
            encoded
        }),
        Just("code".to_owned()),
        Just("S256".to_owned()),
        Just(CHALLENGE.to_owned()),
        Just("https%3A%2F%2Fshop.example%2Fcb".to_owned()),
        Just("none".to_owned()),
        "[%&=a]{0,4}",
    ];
    let more = prop::collection::vec((name, value), 0..6);
    more.prop_map(|more| {
        more.iter().fold(BASE.to_owned(), |query, (name, value)| {
            format!("{query}&{name}={value}")
        })
    })
}

proptest! {
    #[test]
    fn any_query_is_read_or_refused(query: String) {
        let _ = read(&query);
    }

    /// RFC 6749, section 4.1.2.1 says of which characters a description is made.
    #[test]
    fn what_is_told_is_ascii_without_quotes(query in like_a_request()) {
        if let Ok(AuthorizationRequest { asked: Err(fault), .. }) = read(&query) {
            let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
            prop_assert!(fault.description.bytes().all(is_allowed), "{}", fault.description);
        }
    }

    #[test]
    fn a_request_that_is_written_anew_asks_the_same(query in like_a_request()) {
        if let Ok(parameters) = Parameters::parse(query.as_bytes(), AuthorizationRequest::MOST) {
            let request = AuthorizationRequest::read(&Ok(parameters.clone()));
            let written = parameters.only(AuthorizationRequest::PARAMETERS).to_query();
            prop_assert_eq!(read(&written), request);
        }
    }
}
