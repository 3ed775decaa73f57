//! A browser as far as forms need one: it keeps cookies, and sends the forms of the pages that it is shown.

use crate::app::TestApp;
use reqwest::header::{HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use std::collections::BTreeMap;

/// A browser as far as forms need one.
pub(crate) struct Browser {
    client: reqwest::Client,
    origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// What it shows.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Browser {
    pub(crate) fn of(app: &TestApp) -> Self {
        Self {
            client: reqwest::Client::builder().redirect(Policy::none()).build().unwrap(),
            origin: format!("http://{}", app.address()),
            cookies: BTreeMap::new(),
        }
    }

    pub(crate) async fn open(&mut self, path: &str) -> Shown {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Sends fields with the proof of the page that is shown.
    pub(crate) async fn press(&mut self, path: &str, page: &Shown, fields: &[(&str, &str)]) -> Shown {
        let fields: Vec<_> = [("csrf", page.value_of("csrf"))]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        let request = self.client.post(format!("{}{path}", self.origin)).form(&fields);
        let request = request.header(ORIGIN, &self.origin);
        self.send(request).await
    }

    /// Sends a form with these fields and no others, from a page of that origin.
    pub(crate) async fn send_form(&mut self, path: &str, origin: &str, fields: &[(&str, &str)]) -> Shown {
        let request = self.client.post(format!("{}{path}", self.origin)).form(&fields);
        self.send(request.header(ORIGIN, origin)).await
    }

    /// Where its pages are.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Sends any request with its cookies.
    pub(crate) async fn ask(&mut self, method: reqwest::Method, path: &str) -> Shown {
        let request = self.client.request(method, format!("{}{path}", self.origin));
        self.send(request).await
    }

    pub(crate) async fn follow(&mut self, shown: &Shown) -> Shown {
        assert_eq!(shown.status, 303, "{}", shown.html);
        self.open(shown.location.as_deref().unwrap()).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Shown {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Shown {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            location: answer
                .headers()
                .get(LOCATION)
                .map(|path| path.to_str().unwrap().to_owned()),
            html: answer.text().await.unwrap(),
        }
    }
}

impl Shown {
    /// The value of a hidden field.
    pub(crate) fn value_of(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).expect(&self.html);
        rest.split_once('"').unwrap().0
    }

    /// The text of a hidden field of the form that goes there.
    pub(crate) fn field(&self, action: &str, name: &str) -> String {
        let (_, form) = self.html.split_once(&format!("action=\"{action}\"")).expect(&self.html);
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).expect(form);
        let text = rest.split_once('"').unwrap().0;
        [
            ("&#60;", "<"),
            ("&#62;", ">"),
            ("&#34;", "\""),
            ("&#39;", "'"),
            ("&#38;", "&"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
    }

    #[track_caller]
    pub(crate) fn assert_is(&self, status: u16, heading: &str) {
        assert_eq!(self.status, status, "{}", self.html);
        assert!(self.html.contains(&format!("<h1>{heading}</h1>")), "{}", self.html);
    }
}
