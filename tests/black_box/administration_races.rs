//! Administrators who act at once.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, Tokens, send};
use crate::on_both_databases;
use crate::rounds::rounds;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    two_administrators_who_act_on_each_other_at_once_leave_one,
    changes_of_one_user_at_once_are_each_done_whole,
    the_trail_tells_changes_in_the_order_in_which_they_were_made,
    a_change_and_a_deletion_at_once_leave_nobody,
    one_address_becomes_one_account,
);

/// What an administrator does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    DemoteOther,
    DisableOther,
    DeleteOther,
    DemoteSelf,
    DisableSelf,
    DeleteSelf,
    Leave,
}

const DEEDS: [Deed; 7] = [
    Deed::DemoteOther,
    Deed::DisableOther,
    Deed::DeleteOther,
    Deed::DemoteSelf,
    Deed::DisableSelf,
    Deed::DeleteSelf,
    Deed::Leave,
];

#[derive(Clone)]
struct Signed {
    client: Client,
    id: String,
    email: String,
}

impl Signed {
    async fn act(&self, deed: Deed, other: &Self) -> Answer {
        let path = |whom: &Self| format!("/admin/users/{}", whom.id);
        let (demoted, disabled) = (json!({"role": "USER"}), json!({"is_active": false}));
        match deed {
            Deed::DemoteOther => self.client.patch(&path(other), &demoted).await,
            Deed::DisableOther => self.client.patch(&path(other), &disabled).await,
            Deed::DeleteOther => self.client.delete(&path(other)).await,
            Deed::DemoteSelf => self.client.patch(&path(self), &demoted).await,
            Deed::DisableSelf => self.client.patch(&path(self), &disabled).await,
            Deed::DeleteSelf => self.client.delete(&path(self)).await,
            Deed::Leave => {
                let request = self.client.request(Method::DELETE, "/users/me");
                send(request.json(&json!({"password": PASSWORD}))).await
            }
        }
    }

    async fn make_another(&self, app: &TestApp, email: &str) -> Self {
        let account = json!({"email": email, "full_name": "Grace Hopper", "role": "ADMIN", "password": PASSWORD});
        let made = self.client.post("/admin/users", &account).await;
        assert_eq!(made.status, 201, "{made:?}");
        let tokens = Tokens::of(&app.anonymous().log_in(email, PASSWORD).await);
        Self {
            client: app.anonymous().with_token(&tokens.access),
            id: made.member("id"),
            email: email.to_owned(),
        }
    }
}

const ADMINS: &str = "SELECT email FROM users WHERE role = 'ADMIN' AND is_active";

async fn two_administrators_who_act_on_each_other_at_once_leave_one(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let mut one = Signed {
        client: root.client,
        id: root.id,
        email: "root@example.org".to_owned(),
    };
    let mut won_by_one = 0;
    let count = rounds();
    for round in 0..count {
        let two = one.make_another(&app, &format!("admin{round}@example.org")).await;
        // Few rounds are spread over all pairs of deeds.
        let pair = round * 100 / count;
        let deeds = (DEEDS[pair % DEEDS.len()], DEEDS[pair / DEEDS.len() % DEEDS.len()]);
        // Whoever is asked first differs from round to round.
        let (first, second) = if round % 2 == 0 {
            tokio::join!(one.act(deeds.0, &two), two.act(deeds.1, &one))
        } else {
            let (second, first) = tokio::join!(two.act(deeds.1, &one), one.act(deeds.0, &two));
            (first, second)
        };
        let statuses = [first.status, second.status];
        let done = statuses.iter().filter(|status| [200, 204].contains(status)).count();
        assert!(done >= 1, "{deeds:?}: {first:?} {second:?}");
        for answer in [&first, &second] {
            let is_known = [200, 204, 401, 403, 404, 409].contains(&answer.status);
            assert!(is_known, "{deeds:?}: {answer:?}");
            if answer.status == 409 {
                answer.assert_problem(409, "last_admin");
            }
        }
        let left = app.column(ADMINS).await;
        assert_eq!(left.len(), 1, "{deeds:?}: {statuses:?} leave {left:?}");
        one = if left[0] == one.email {
            won_by_one += 1;
            one
        } else {
            two
        };
        let listed = one.client.get("/admin/users?limit=1").await;
        assert_eq!(listed.status, 200, "{deeds:?}: {listed:?}");
    }
    assert!(
        (1..count).contains(&won_by_one),
        "each of them wins at times: {won_by_one}"
    );
}

async fn changes_of_one_user_at_once_are_each_done_whole(app: TestApp) {
    let one = app.admin("one@example.org").await.client;
    let two = app.admin("two@example.org").await.client;
    app.anonymous().register("ada@example.org").await;
    let id = app.anonymous().log_in("ada@example.org", PASSWORD).await;
    let ada = app.anonymous().with_token(&Tokens::of(&id).access);
    let path = format!("/admin/users/{}", ada.me().await.member("id"));
    for round in 0..rounds() {
        let role = if round % 2 == 0 { "ADMIN" } else { "USER" };
        let is_active = round % 4 < 2;
        let changes = [
            (json!({"role": role}), json!({"full_name": format!("Name {round}")})),
            (
                json!({"is_active": is_active}),
                json!({"email": format!("ada{round}@example.org")}),
            ),
            (
                json!({"role": role, "full_name": "One Name"}),
                json!({"role": "USER", "full_name": "Two Name"}),
            ),
        ];
        let before = one.get(&path).await.json();
        let (left, right) = &changes[round % changes.len()];
        let (first, second) = tokio::join!(one.patch(&path, left), two.patch(&path, right));
        for answer in [&first, &second] {
            assert_eq!(answer.status, 200, "{left} {right}: {answer:?}");
        }
        let after = one.get(&path).await.json();
        let in_either_order = [with(with(before.clone(), left), right), with(with(before, right), left)];
        assert!(in_either_order.contains(&after), "{left} {right}: {after}");
        // Whoever came second was answered what is there now.
        assert!(
            [first.json(), second.json()].contains(&after),
            "{first:?} {second:?}: {after}"
        );
    }
}

fn with(mut user: Value, change: &Value) -> Value {
    for (member, value) in change.as_object().unwrap() {
        user[member] = value.clone();
    }
    user
}

async fn the_trail_tells_changes_in_the_order_in_which_they_were_made(app: TestApp) {
    let root = app.admin("root@example.org").await.client;
    app.anonymous().register("ada@example.org").await;
    let found = root.get("/admin/users?query=ada@example.org").await.json();
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/users/{id}");
    for _ in 0..rounds() {
        let [up, down] = ["ADMIN", "USER"].map(|role| json!({"role": role}));
        let answers = tokio::join!(
            root.patch(&path, &up),
            root.patch(&path, &down),
            root.patch(&path, &up),
            root.patch(&path, &down),
        );
        for answer in [answers.0, answers.1, answers.2, answers.3] {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }
    let list = format!("/admin/audit-events?user_id={id}&type=role_changed&limit=100");
    let told = root.get(&list).await.json()["items"].as_array().unwrap().clone();
    assert!(told.len() >= 20, "{} changes", told.len());
    assert_eq!(told[0]["after"]["role"], root.get(&path).await.json()["role"]);
    for pair in told.windows(2) {
        assert_eq!(pair[0]["before"], pair[1]["after"], "{pair:#?}");
    }
}

async fn a_change_and_a_deletion_at_once_leave_nobody(app: TestApp) {
    let one = app.admin("one@example.org").await.client;
    let two = app.admin("two@example.org").await.client;
    for round in 0..rounds() {
        let email = format!("user{round}@example.org");
        let tokens = app.anonymous().signed_in(&email).await;
        let user = app.anonymous().with_token(&tokens.access);
        let path = format!("/admin/users/{}", user.me().await.member("id"));
        let change = json!({"role": "ADMIN", "full_name": "Another Name"});
        let visitor = app.anonymous();
        let (changed, deleted, refreshed, entered) = tokio::join!(
            one.patch(&path, &change),
            two.delete(&path),
            visitor.refresh(&tokens.refresh),
            visitor.log_in(&email, PASSWORD),
        );
        assert!([200, 404].contains(&changed.status), "{changed:?}");
        assert_eq!(deleted.status, 204, "{deleted:?}");
        one.get(&path).await.assert_problem(404, "not_found");
        for answer in [refreshed, entered] {
            assert!([200, 401].contains(&answer.status), "{answer:?}");
            if answer.status == 200 {
                let tokens = Tokens::of(&answer);
                let client = app.anonymous().with_token(&tokens.access);
                assert_eq!(client.me().await.status, 401);
                assert_eq!(client.get("/auth/verify").await.status, 401);
                assert_eq!(client.refresh(&tokens.refresh).await.status, 401);
            }
        }
    }
    let orphans = "SELECT CAST(count(*) AS TEXT) FROM sessions WHERE user_id NOT IN (SELECT id FROM users)";
    assert_eq!(app.column(orphans).await, ["0"]);
}

async fn one_address_becomes_one_account(app: TestApp) {
    let one = app.admin("one@example.org").await.client;
    let two = app.admin("two@example.org").await.client;
    for round in 0..rounds() {
        let email = format!("user{round}@example.org");
        let account = json!({"email": email, "full_name": "Ada Lovelace", "role": "USER"});
        let in_capitals = json!({"email": email.to_uppercase(), "full_name": "Ada Lovelace", "role": "USER"});
        let visitor = app.anonymous();
        let (first, second, third) = tokio::join!(
            one.post("/admin/users", &account),
            two.post("/admin/users", &in_capitals),
            visitor.register(&email),
        );
        let mut statuses = [first.status, second.status, third.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409], "{first:?} {second:?} {third:?}");
    }
    let users = app.column("SELECT CAST(count(*) AS TEXT) FROM users").await;
    assert_eq!(users, [(rounds() + 2).to_string()]);
}
