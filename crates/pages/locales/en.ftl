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

not-found =
    .title = There is nothing here
    .lead = The address is wrong, or the page was moved.

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
