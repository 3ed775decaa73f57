# The texts of the pages in English. A key is the name of a page and of a thing on it; every language has the same keys.
# A text may hold tags of HTML. What is put into it is escaped.

common =
    .language = English
    .title = { $title } – { $name }
    .error-title = Error: { $title } – { $name }
    .error = Error:
    .privacy = Privacy
    .help = Help
    .email-address = Email address
    .full-name = Full name
    .password = Password
    .show = Show
    .hide = Hide
    .problem = There is a problem
    .for-account = for { $email }
    .continue = Continue
    .too-long-open = This page was open too long
    .press-again = Nothing was changed. Press the button once more.
    .password-hint = At least { $least } characters. Three or four unrelated words work well, spaces too.
    .you-can-sign-in = You can sign in now.
    .close-page = You can close this page.
    .cancel = Cancel
    .back-to-sign-in = Back to sign in

refused =
    .not-an-address = Enter an email address, such as name@example.org
    .name-missing = Enter your full name
    .name-too-long = Use at most { $most } characters for your name
    .name-unseen = Take the characters out of your name that can’t be seen
    .password-missing = Enter a new password
    .password-too-short = { $length ->
        [one] Use at least { $least } characters: this one has { $length }
       *[other] Use at least { $least } characters: this one has { $length }
    }
    .password-too-long = Use at most { $most } characters
    .password-nul = Choose another password: this one has a character that can’t be used
    .password-common = Choose another password: this one is easy to guess
    .wrong-code = That code is not right
    .wrong-code-hint = Type the 6 digits of the newest message, or open its link.
    .own-password-missing = Enter your password
    .own-password-wrong = That is not your current password
    .not-offered = Choose one of the list
    .wait = { $seconds ->
        [one] Wait { $seconds } second, then try again
       *[other] Wait { $seconds } seconds, then try again
    }

error =
    .title = Something went wrong here
    .ours-unchanged = The fault is ours, not yours. Nothing was changed.
    .ours = The fault is ours, not yours.
    .wait = Try again in a minute.
    .tell = If it happens again, write to { $contact } and add the number below.
    .tell-somebody = If it happens again, tell the people who run { $name } the number below.
    .request = Request
    .code = Code
    .again = Try again

busy =
    .title = Many people are signing in
    .lead = { $seconds ->
        [one] Try again in { $seconds } second.
       *[other] Try again in { $seconds } seconds.
    }

throttled =
    .title = Wait a little, then try again
    .lead = There were many attempts. Your account is not locked.
    .sign-ups = There were many sign-ups from your network.
    .addresses = There were many attempts to change an address.

not-found =
    .title = There is nothing here
    .lead = The address is wrong, or the page was moved.
    .go-to-account = Go to your account

elsewhere =
    .title = That did not come from here
    .lead = Another site sent this form. Nothing was changed.

unreadable =
    .title = We could not read that
    .lead = The browser sent something else than this page asks for. Nothing was changed.
    .open = Open the page again

verify-email =
    .title = Confirm your email address
    .question = Is { $email } your address?
    .confirm = Yes, confirm it
    .hint = You did not sign up? Then close this page. Nothing happens until the button is pressed.
    .hint-change = You did not ask for this? Then close this page. Nothing happens until the button is pressed.
    .done = Your email address is confirmed
    .again-lead = Enter your email address. We’ll send you a new link to confirm it.

link-expired =
    .confirmed-already = If you have confirmed your address already, there is nothing to do.
    .title = This link no longer works
    .lead = It was used already, or it is older than 30 minutes. The newest message has the link that works.
    .lead-days = It was used already, or it is older than 72 hours.
    .lead-week = It was used already or taken back, or it is older than 7 days.
    .send = Send a new link
    .secure = To be sure of your account, choose a new password.
    .ask-again = Ask whoever invited you for a new one.

forgot-password =
    .title = Forgot your password?
    .lead = Enter your email address. We’ll send you a link to choose a new one.
    .send = Send the link

check-mail =
    .title = Check your mail
    .sent = If { $email } has an account here, a message is on its way. It is good for 30 minutes.
    .code = Code from the message
    .code-hint = The message has a link and a 6-digit code. Open the link, or type the code here.
    .nothing = Nothing has arrived
    .wait = It can take two minutes. Look in the spam folder too. The message comes from { $from }.
    .again = Send it again
    .another = Use another address
    .sent-to = We sent a message to { $email }. It is good for 30 minutes.

new-password =
    .title = Choose a new password
    .least = At least { $least } characters; more is better
    .words = Three or four unrelated words work well
    .not-yours = Not your name or email address
    .not-leaked = Not one from a public list of leaked passwords
    .label = New password
    .save = Save new password
    .hint = Saving signs you out on every device.
    .done = Your password was changed
    .done-lead = You are signed out on every device. Sign in with the new password.

undo-email =
    .title = Take your old address back?
    .lead = Your account goes back to { $email }.
    .confirm = Yes, take it back
    .consequence = This signs you out on every device. Your password stops working, and we send you a link to choose a new one.
    .hint = You changed the address yourself? Then close this page. Nothing happens until the button is pressed.
    .done = Your old address is back
    .done-lead = You are signed out on every device. We sent you a message with a link to choose a new password.

was-it-you =
    .title = Was this you?
    .new-sign-in = A new sign-in to your account
    .password = Your password was changed
    .replayed = One of your sign-ins was used in two places, as if it had been copied. We ended it.
    .lead = Something changed in the account { $email }
    .not-me = No, secure my account
    .me = Yes, it was me
    .hint = “No” signs you out on every device at once. Then you choose a new password.
    .done = Your account is secured
    .done-lead = You are signed out on every device. We sent you a message with a link to choose a new password.
    .stays = All right: nothing was changed back

join =
    .title = Create your account
    .terms = By creating an account you accept the <a href="{ $terms }">terms of use</a>.
    .create = Create account
    .done = Your account is ready

taken =
    .title = There is an account with this address
    .lead = Sign in, or choose a new password.

sign-in =
    .title = Sign in to { $app }
    .sign-in = Sign in
    .for-app = to continue to { $client }
    .new-here = New here?
    .create-account = Create an account
    .no-match = The email address and password don’t match
    .check-both = Check both and try again, or <a href="{ $path }">choose a new password</a>.
    .check-both-without-mail = Check both and try again.
    .not-locked = There were many attempts to sign in. Your account is not locked.
    .disabled = This account is disabled
    .write-to = Write to { $contact }.
    .ask = Ask the people who run { $name }.
    .unverified = Confirm your email address first
    .unverified-lead = We sent you a message with a link. Nothing has arrived? <a href="{ $path }">Send it again</a>.

second-factor =
    .title = Enter your code
    .lead = Open your authenticator app and read the code for { $app }.
    .code = 6-digit code
    .use-recovery-code = Use a recovery code
    .not-you = Not { $email }?
    .start-again = Start again
    .wrong-lead = { $tries ->
        [0] No tries are left. Start again.
        [one] A new code comes every 30 seconds: type the one that is shown now. If it fails again, check that the phone’s clock is set automatically. { $tries } try is left.
       *[other] A new code comes every 30 seconds: type the one that is shown now. If it fails again, check that the phone’s clock is set automatically. { $tries } tries are left.
    }
    .too-many = There were many wrong codes. Your account is not locked.
    .over = Sign in again
    .over-lead = The code took more than five minutes, or too many tries.

recovery-code =
    .title = Use a recovery code
    .lead = You saved ten of them when you turned on the second factor. Each works once.
    .label = Recovery code
    .hint = Such as k7m3-q2xd-9fwt-h4np. Dashes and capitals don’t matter.
    .none-left = I have no codes left
    .ask = Ask an administrator of { $app }: { $contact }. They will check that it is you before they turn the second factor off.
    .ask-somebody = Ask the people who run { $app }. They will check that it is you before they turn the second factor off.
    .use-app = Use the app’s code
    .missing = Enter a recovery code
    .wrong-lead = { $tries ->
        [0] No tries are left. Start again.
        [one] Type one that you have not used yet. { $tries } try is left.
       *[other] Type one that you have not used yet. { $tries } tries are left.
    }

confirm-identity =
    .title = Confirm that it’s you
    .lead = You are about to change how you sign in. That takes a check of the last 10 minutes, as strong as your account allows.
    .wrong-password = That is not your password

sign-up =
    .email-hint = We’ll send a message there to confirm it.
    .have-account = Have an account?
    .closed = Sign-up is closed
    .closed-lead = Accounts are made by invitation, or by an administrator.

signed-out =
    .title = You are signed out
    .lead = { $devices ->
        [0] On this device.
        [one] On this device. You are still signed in on { $devices } other.
       *[other] On this device. You are still signed in on { $devices } others.
    }
    .again = Sign in again
    .hint = On a shared computer, close the browser as well.

account =
    .title = Your account
    .account = Account
    .overview = Overview
    .skip = Skip to the content
    .menu = Menu
    .sign-out = Sign out
    .confirmed = Confirmed
    .not-confirmed = Not confirmed yet
    .edit = Edit
    .how-you-sign-in = How you sign in
    .no-password = None yet
    .where-you-are-signed-in = Where you are signed in
    .devices = { $devices ->
        [one] Only this one
       *[other] { $devices } signed in, this one included
    }

account-profile =
    .title = Profile
    .name = Name
    .name-hint = Apps that you connect see it.
    .save-name = Save name
    .email-hint = You sign in with it. Your old address is told, too. Other devices are signed out.
    .email-hint-without-mail = You sign in with it. Other devices are signed out.
    .change-address = Change address
    .confirm-address = Confirm your new address
    .waiting = We sent a message to { $email }. Until you confirm it, your old address stays.
    .language-and-time = Language and time
    .language = Language
    .zone = Time zone
    .save = Save
    .saved = Your profile was saved

account-password =
    .title = Password
    .current = Current password
    .forgot = Forgot it?
    .consequence = { $devices ->
        [one] Saving signs you out on your { $devices } other device.
       *[other] Saving signs you out on your { $devices } other devices.
    }
    .others-out = You are signed out on your other devices.
    .none = You have no password yet
    .none-lead = We’ll send a link to { $email }. With it you choose one.
    .none-without-mail = You sign in without one.
    .set = Set a password

account-second-factor =
    .title = Second factor
    .lead = After your password we ask for a code, so that a stolen password is not enough.
    .needed = A second factor is needed
    .needed-lead = Set it up here. Then you go on to where you wanted to go.
    .off-hint = You need an authenticator app on your phone. It shows a new code every 30 seconds.
    .set-up = Set up the second factor
    .app = Authenticator app
    .on = On
    .off = Off
    .since = Since { $day }
    .turn-off = Turn off
    .codes = Recovery codes
    .left = { $codes } left
    .way-back = The way back in when the phone is lost
    .new-codes = Make new codes
    .replace = New codes replace all old ones.
    .summary = { $codes ->
        [one] Authenticator app, { $codes } recovery code left
       *[other] Authenticator app, { $codes } recovery codes left
    }
    .scan = Scan this with an authenticator app
    .on-this-phone = On this phone already? <a href="{ $uri }">Open the app</a>, or type the key.
    .qr = QR code for an authenticator app
    .key = Key
    .type = Type the code that the app shows
    .turn-on = Turn on
    .wrong = A new code comes every 30 seconds: type the one that is shown now. If it fails again, check that the phone’s clock is set automatically.
    .save-codes = Save your recovery codes
    .is-on = The second factor is on
    .codes-lead = If you lose your phone, these codes are the way back in. They are shown only now.
    .download = Download as a text file
    .saved = I have saved the codes
    .done = Done
    .not-saved = Save the codes first, then tick the box
    .turn-off-title = Turn the second factor off?
    .turn-off-lead = Your password alone will be enough to sign in. You are signed out on your other devices.
    .turn-off-needed = Your account needs a second factor: until you set up a new one, you can do nothing else here. You are signed out on your other devices.
    .any-code = Code
    .any-code-hint = Six digits of your authenticator app, or a recovery code.
    .keep = Keep it
    .passkey-instead = Add a passkey instead
    .is-off = The second factor is off

passkey =
    .or = or
    .sign-in = Sign in with a passkey
    .use-a-passkey = Use a passkey
    .use-passkey = Use passkey
    .use-code = Use a 6-digit code
    .title = Use your passkey
    .lead = Your device asks for your fingerprint, face or PIN, which never leaves it.
    .no-script = Passkeys need JavaScript, which is off in this browser. Everything else works without.
    .cancelled = Nothing happened: the passkey was not used. Try again, or use your password.
    .other-way = Nothing happened: the passkey was not used. Try again, or use another way.
    .not-added = No passkey was added. Try again.
    .known = This device has a passkey for this account already.
    .unusable = Passkeys can’t be used right now. Use another way.
    .refused = This passkey does not work here
    .refused-lead = It was removed from your account, or is of another one. Use another way.
    .not-verified = Your device did not check that it is you
    .not-verified-lead = Set a PIN, a fingerprint or a screen lock for it, or use another way.

account-passkeys =
    .title = Passkeys
    .lead = Sign in with your fingerprint, face or screen lock.
    .without-typing = Sign in without typing
    .none = A passkey uses your fingerprint, face or screen lock. It can’t be guessed, and no false page can steal it.
    .add = Add a passkey
    .added = Passkey added
    .added-lead = Next time, choose it on the sign-in page.
    .manage = Manage
    .synced = On several devices
    .added-on = Added on { $day }, on { $device }
    .added-day = Added on { $day }
    .not-used = Not used yet
    .used = Last used on { $day }, on { $device }
    .count = { $passkeys ->
        [0] None yet
        [one] { $passkeys } passkey
       *[other] { $passkeys } passkeys
    }
    .name = Name
    .name-hint = So that you know it again. Leave it empty to use the name of this device.
    .optional = (optional)
    .name-refused = Use at most 100 characters, and one that can be seen
    .renamed = The name was saved
    .remove = Remove this passkey
    .remove-lead = This passkey will not sign you in any more, and you are signed out on your other devices. Your device keeps it until you delete it there.
    .removed = The passkey was removed
    .removed-lead = You are signed out on your other devices.
    .last-way = Add a passkey or a password first: this is your last way to sign in
    .too-many = { $passkeys ->
        [one] You have { $passkeys } passkey. Remove one first.
       *[other] You have { $passkeys } passkeys. Remove one first.
    }
    .known = This passkey was added before
    .not-added = The passkey was not added
    .not-added-lead = The device did not check that it is you, or took too long. Try again.
    .questions = Questions
    .where = Where is a passkey kept?
    .where-answer = In your password manager or on your security key. Most password managers bring it to your other devices.
    .lost = What if I lose the device?
    .lost-answer = Confirm that it’s you by another passkey or by your authenticator app, and remove the passkey here. If you have neither, ask the people who run this service. Nobody can use it without your fingerprint, face or screen lock.

account-sessions =
    .title = Your devices
    .lead = Everywhere you are signed in. Don’t recognize one? Sign it out, then change your password.
    .this-device = This device
    .signed-in = signed in { $day }
    .end-others = Sign out everywhere else
    .at-once = Signing out counts at once.
    .zone = Times are in { $city } time ({ $offset }).
    .utc = Times are in { $offset }.
    .ended = The device is signed out
    .others-ended = You are signed out everywhere else
    .pages = Pages
    .next = Next

account-apps =
    .title = Connected apps
    .lead = These apps use your account. Disconnect the ones that you don’t use any more.
    .none = No app uses your account.
    .since = connected { $day }
    .disconnect = Disconnect
    .disconnected = The app is disconnected
    .at-once = Disconnecting counts at once. The app can ask you again.

social =
    .or = or
    .sign-in-with = Sign in with
    .refused = { $provider } did not sign you in
    .refused-lead = Try again, or use your password.
    .unreachable = { $provider } does not answer
    .unreachable-lead = Try again in a minute, or use your password.
    .over = Start again
    .over-lead = Signing in took more than ten minutes, or was begun in another browser.
    .no-email = { $provider } told us no email address
    .no-email-lead = An account needs one. Sign up another way, then link { $provider } under Linked accounts.
    .exists = There is an account with the address { $email }
    .exists-lead = Sign in to it first. Then link { $provider } under Linked accounts.
    .invited-lead = Were you invited? Open the link in the invitation first. Then link { $provider } under Linked accounts.
    .closed = There is no account for you yet
    .closed-lead = New accounts are made by invitation, or by an administrator.
    .continue-with = Continue with { $provider }
    .unusable = We can’t sign you in with { $provider }
    .unusable-lead = The fault is ours. Try again later, or use your password.
    .another = That is another { $provider } account
    .another-lead = You are signed in as { $email }. Continue with the { $provider } account that is linked with yours.
    .not-fresh = { $provider } does not say that you signed in just now
    .not-fresh-lead = Confirm that it’s you in another way.
    .not-fresh-set-password = <a href="{ $path }">Set a password</a> by a link that we mail you. Then confirm with it that it’s you.
    .not-fresh-for-app = The app asks for a new sign-in. Use your password or another way. If you have no password, choose “Forgot your password?”.
    .try-again = Try again.
    .try-later = Try again in a minute.

account-linked =
    .title = Linked accounts
    .lead = Other accounts that you can sign in with.
    .linked = Linked
    .not-linked = Not linked
    .not-offered = Can’t be used at present
    .since = Since { $day }
    .link = Link
    .unlink = Unlink
    .last = One way to sign in always stays: the last one can’t be removed.
    .summary = { $number ->
        [0] None linked
        [one] { $number } linked
       *[other] { $number } linked
    }
    .done = { $provider } is linked
    .undone = { $provider } is not linked any more
    .undone-lead = Your other devices were signed out.
    .last-way = This is your last way to sign in
    .last-way-lead = <a href="{ $path }">Set a password</a> or add a passkey first.
    .taken = Another account here is linked with it
    .taken-lead = Unlink it there first.
    .too-many = There are 20 linked accounts
    .too-many-lead = Unlink one first.
    .not-done = { $provider } was not linked
    .left = { $provider } was not linked
    .unusable = We can’t link { $provider }
    .try-later = Nothing was linked. Try again in a minute.

device =
    .browser = { $browser } on { $system }
    .program = An app that names itself “{ $name }”
    .unknown = A device that does not name itself
    .place = { $city }, { $country }
    .place-unknown = Place not known

ago =
    .now = Now
    .minutes = { $number ->
        [one] { $number } minute ago
       *[other] { $number } minutes ago
    }
    .hours = { $number ->
        [one] { $number } hour ago
       *[other] { $number } hours ago
    }
    .days = { $number ->
        [one] { $number } day ago
       *[other] { $number } days ago
    }
    .weeks = { $number ->
        [one] { $number } week ago
       *[other] { $number } weeks ago
    }

consent =
    .title = Let { $client } use your account?
    .signed-in-as = Signed in as { $email }
    .able = { $client } will be able to
    .see-name = see your name
    .see-address = see your email address
    .see-name-and-address = see your name and email address
    .see-roles = see your role in it
    .know-sign-in = know that you signed in, and when
    .stay-connected = stay connected until you take it back
    .never = It will never
    .never-see-password = see your password or passkeys
    .never-change = change your account
    .allow = Allow
    .deny = Don’t allow
    .goes-to = You will go to { $host }. You can take this back at any time under Connected apps.
    .about = About { $client }
    .policy = What { $client } does with your data
    .terms = Terms of { $client }

chooser =
    .title = Choose an account
    .current = Go on as { $email }
    .other = Use another account

form-post =
    .title = You are signed in
    .lead = You go on to { $client }.

flow-refused =
    .title = This app can’t sign you in
    .lead = The app sent something that we can’t answer. Go back and try again. If it happens again, tell the people who run the app.
    .no-access = You can’t use { $client }
    .no-access-lead = Your account is not one of those that may use { $client }.
    .back = Back to { $client }

app-sign-out =
    .title = Sign out?
    .lead = { $client } asks to sign you out. You are signed in as { $email }.
    .lead-nameless = An app asks to sign you out. You are signed in as { $email }.
    .stay = Stay signed in
    .refused = This app can’t sign you out
    .refused-lead = The app sent something that we can’t answer. You are as signed in as before. To sign out here, go to your account.
