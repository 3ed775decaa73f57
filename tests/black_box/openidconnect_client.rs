//! `openidconnect` from crates.io, as a program in Rust signs people in by it.

use crate::app::TestApp;
use crate::relying_party::{ADA, Apps, REDIRECT, answer, decide, sign_in, told};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope, TokenResponse as _, http,
};
use reqwest::redirect::Policy;

/// The crate's requests by the HTTP client that the tests have.
async fn exchange(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let answer = client.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = http::Response::new(answer.bytes().await?.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

#[tokio::test(flavor = "multi_thread")]
async fn openidconnect_signs_in_refreshes_and_asks_who_it_is() {
    let apps = Apps::on(TestApp::on_sqlite(&[])).await;
    apps.settle().await;
    let mut browser = apps.browser();
    let issuer = IssuerUrl::new(browser.origin().to_owned()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &exchange).await.unwrap();
    let secret = ClientSecret::new(apps.secret("shop").to_owned());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("shop".to_owned()), Some(secret))
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let sent = browser.open(&format!("{}?{}", url.path(), url.query().unwrap())).await;
    let signed_in = sign_in(&mut browser, &sent).await;
    let page = browser.follow(&signed_in).await;
    assert_eq!(told(&page), "consent", "{}", page.html);
    let answer = answer(&decide(&mut browser, &page, "allow").await);
    assert_eq!(&answer["state"], state.secret());

    let code = || {
        client
            .exchange_code(AuthorizationCode::new(answer["code"].clone()))
            .unwrap()
    };
    let tokens = code()
        .set_pkce_verifier(verifier)
        .request_async(&exchange)
        .await
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let checks = client.id_token_verifier();
    let claims = id_token.claims(&checks, &nonce).unwrap();
    let (alg, key) = (id_token.signing_alg().unwrap(), id_token.signing_key(&checks).unwrap());
    let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
    assert!(id_token.claims(&checks, &Nonce::new_random()).is_err());

    let (access, subject) = (tokens.access_token().clone(), claims.subject().clone());
    let asked = client.user_info(access, Some(subject)).unwrap();
    let told_of: CoreUserInfoClaims = asked.request_async(&exchange).await.unwrap();
    assert_eq!(told_of.email().map(|email| email.as_str()), Some(ADA));

    let refresh = tokens.refresh_token().unwrap();
    let asked = client.exchange_refresh_token(refresh).unwrap();
    let renewed = asked.request_async(&exchange).await.unwrap();
    let without_nonce = |_: Option<&Nonce>| Ok(());
    let later = renewed.id_token().unwrap().claims(&checks, without_nonce).unwrap();
    assert_eq!(
        (later.subject(), later.auth_time()),
        (claims.subject(), claims.auth_time())
    );

    // The second use of the code ends what came of the first.
    let again = code().request_async(&exchange).await;
    let Err(RequestTokenError::ServerResponse(refused)) = again else {
        panic!("{again:?}");
    };
    assert_eq!(refused.error().as_ref(), "invalid_grant");
    let ended = client.exchange_refresh_token(renewed.refresh_token().unwrap());
    assert!(ended.unwrap().request_async(&exchange).await.is_err());
}
