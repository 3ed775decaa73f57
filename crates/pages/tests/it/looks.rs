//! What a page loads, and what it tells browsers.

use crate::client::Running;
use flate2::Compression;
use flate2::write::GzEncoder;
use portcullis_pages::Logo;
use std::io::Write as _;
use std::path::Path;

const PAGES: [&str; 10] = [
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/verify-email/again",
    "/verify-email?token=good",
    "/new-password?token=good",
    "/undo-email?token=good",
    "/was-it-you?token=good",
    "/join?token=good",
    "/join?token=used",
];

#[tokio::test]
async fn every_page_tells_browsers_to_load_nothing_from_elsewhere_and_to_keep_nothing() {
    let running = Running::start();
    let mut browser = running.browser();
    for path in PAGES.into_iter().chain(["/verify-email/nothing", "/language"]) {
        let page = browser.get(path).await;
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("cache-control", "no-store"),
            ("referrer-policy", "strict-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex"),
            ("cross-origin-opener-policy", "same-origin"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_page_loads_is_kept_for_good_and_sent_compressed() {
    let running = Running::start();
    let mut browser = running.browser().sends("accept-encoding", "gzip, br");
    let page = browser.get("/forgot-password").await;
    let icon = page.between("<link rel=\"icon\" href=\"", "\"").to_owned();
    let form = browser.get("/new-password?token=good").await;
    let script = form.between("<script type=\"module\" src=\"", "\"").to_owned();
    for (path, media_type) in [
        (page.style_sheet(), "text/css; charset=utf-8"),
        (&icon, "image/svg+xml"),
        (&script, "text/javascript; charset=utf-8"),
    ] {
        let file = browser.get(path).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(media_type)));
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(file.header("content-encoding"), Some("gzip"));
    }
}

#[tokio::test]
async fn a_page_with_its_style_sheet_is_under_15_kib() {
    let running = Running::start();
    let mut browser = running.browser().sends("accept-encoding", "gzip");
    for path in PAGES {
        let page = browser.get(path).await;
        let sheet = browser.get(page.style_sheet()).await;
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(&page.body).unwrap();
        let size = compressed.finish().unwrap().len() + sheet.body.len();
        assert!(size < 15 * 1024, "{path}: {size} bytes");
    }
}

#[tokio::test]
async fn a_theme_is_seen_on_every_page() {
    let running = Running::with(|settings| {
        settings.theme.name = "Orchard & Co".parse().unwrap();
        settings.theme.accent = "#ffcc00".parse().ok();
        settings.theme.logo = Logo::of(b"<svg><script>alert(1)</script></svg>".to_vec()).ok();
    });
    let mut browser = running.browser();
    for path in PAGES.into_iter().chain(["/help"]) {
        let page = browser.get(path).await;
        assert!(page.title().ends_with(" – Orchard &#38; Co"), "{}", page.title());
        let logo = page.between("<img class=\"logo\" src=\"", "\"").to_owned();
        let logo = browser.get(&logo).await;
        assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
        assert!(
            logo.header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none'")
        );
        let sheets: Vec<&str> = page.text().split("rel=\"stylesheet\" href=\"").skip(1).collect();
        let theme = sheets[1].split_once('"').unwrap().0.to_owned();
        let theme = browser.get(&theme).await;
        assert_eq!(theme.text(), ":root { --brand: #ffcc00; }\n");
    }
}

/// The policy would stop them, and a page that needs them would break.
#[test]
fn no_template_has_a_script_or_a_style_of_its_own() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for entry in std::fs::read_dir(templates).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // The one script of ours stands in the policy by its digest.
        let text = text.replace("<script>{{ script|safe }}</script>", "");
        let scripts = text.matches("<script").count();
        assert_eq!(scripts, text.matches("<script type=\"module\" src=").count());
        for inline in ["<style", " style=", " onclick=", "javascript:", "http://", "https://"] {
            assert!(!text.contains(inline), "{inline} in {}", path.display());
        }
    }
}
