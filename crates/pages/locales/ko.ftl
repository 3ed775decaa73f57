# The texts of the pages in Korean, with the same keys as in English.

common =
    .language = 한국어
    .title = { $title } – { $name }
    .error-title = 오류: { $title } – { $name }
    .error = 오류:
    .privacy = 개인정보
    .help = 도움말
    .email-address = 이메일 주소
    .full-name = 이름
    .password = 비밀번호
    .show = 보기
    .hide = 숨기기
    .problem = 입력한 내용을 확인하세요
    .for-account = { $email } 계정
    .continue = 계속
    .too-long-open = 페이지를 연 지 오래되었습니다
    .press-again = 바뀐 것은 없습니다. 버튼을 한 번 더 누르세요.
    .password-hint = { $least }자 이상. 서로 관계없는 단어 서너 개면 좋습니다. 띄어쓰기도 됩니다.
    .you-can-sign-in = 이제 로그인할 수 있습니다.
    .close-page = 이 페이지를 닫아도 됩니다.
    .cancel = 취소
    .back-to-sign-in = 로그인으로 돌아가기

refused =
    .not-an-address = name@example.org 같은 이메일 주소를 입력하세요
    .name-missing = 이름을 입력하세요
    .name-too-long = 이름은 { $most }자까지 쓸 수 있습니다
    .name-unseen = 이름에서 보이지 않는 문자를 지우세요
    .password-missing = 새 비밀번호를 입력하세요
    .password-too-short = { $length ->
       *[other] { $least }자 이상 입력하세요. 지금은 { $length }자입니다
    }
    .password-too-long = { $most }자까지 쓸 수 있습니다
    .password-nul = 다른 비밀번호를 정하세요. 쓸 수 없는 문자가 있습니다
    .password-common = 다른 비밀번호를 정하세요. 이 비밀번호는 쉽게 짐작할 수 있습니다
    .wrong-code = 코드가 맞지 않습니다
    .wrong-code-hint = 가장 최근 메일의 숫자 6자리를 입력하거나 링크를 여세요.
    .own-password-missing = 비밀번호를 입력하세요
    .own-password-wrong = 현재 비밀번호가 아닙니다
    .not-offered = 목록에서 하나를 고르세요
    .wait = { $seconds ->
       *[other] { $seconds }초 뒤에 다시 시도하세요
    }

error =
    .title = 서버에 문제가 생겼습니다
    .ours-unchanged = 사용자의 잘못이 아닙니다. 바뀐 것은 없습니다.
    .ours = 사용자의 잘못이 아닙니다.
    .wait = 1분 뒤에 다시 시도하세요.
    .tell = 같은 문제가 생기면 { $contact } 주소로 아래 번호와 함께 알려 주세요.
    .tell-somebody = 같은 문제가 생기면 { $name } 관리자에게 아래 번호와 함께 알려 주세요.
    .request = 요청 번호
    .code = 오류 코드
    .again = 다시 시도

busy =
    .title = 로그인이 몰리고 있습니다
    .lead = { $seconds ->
       *[other] { $seconds }초 뒤에 다시 시도하세요.
    }

throttled =
    .title = 잠시 뒤에 다시 시도하세요
    .lead = 시도가 많았습니다. 계정이 잠긴 것은 아닙니다.
    .sign-ups = 이 네트워크에서 가입이 많았습니다.
    .addresses = 주소를 바꾸려는 시도가 많았습니다.

not-found =
    .title = 페이지가 없습니다
    .lead = 주소가 틀렸거나 페이지가 옮겨졌습니다.
    .go-to-account = 내 계정으로 가기

elsewhere =
    .title = 다른 사이트에서 온 요청입니다
    .lead = 다른 사이트가 이 양식을 보냈습니다. 바뀐 것은 없습니다.

unreadable =
    .title = 내용을 읽을 수 없습니다
    .lead = 브라우저가 이 페이지와 다른 내용을 보냈습니다. 바뀐 것은 없습니다.
    .open = 페이지 다시 열기

verify-email =
    .title = 이메일 주소 확인
    .question = { $email } 주소가 맞나요?
    .confirm = 네, 확인합니다
    .hint = 가입한 적이 없다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .hint-change = 요청한 적이 없다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .done = 이메일 주소를 확인했습니다
    .again-lead = 이메일 주소를 입력하세요. 주소를 확인하는 새 링크를 보냅니다.

link-expired =
    .confirmed-already = 이미 주소를 확인했다면 더 할 일이 없습니다.
    .title = 더 이상 쓸 수 없는 링크입니다
    .lead = 이미 썼거나 30분이 지났습니다. 가장 최근 메일의 링크를 쓰세요.
    .lead-days = 이미 썼거나 72시간이 지났습니다.
    .lead-week = 이미 썼거나 취소되었거나 7일이 지났습니다.
    .send = 새 링크 보내기
    .secure = 계정을 지키려면 새 비밀번호를 정하세요.
    .ask-again = 초대한 사람에게 다시 요청하세요.

forgot-password =
    .title = 비밀번호를 잊으셨나요?
    .lead = 이메일 주소를 입력하세요. 새 비밀번호를 정하는 링크를 보냅니다.
    .send = 링크 보내기

check-mail =
    .title = 메일을 확인하세요
    .sent = { $email } 주소의 계정이 있다면 곧 메일이 도착합니다. 30분 동안 쓸 수 있습니다.
    .code = 메일에 있는 코드
    .code-hint = 메일에 링크와 6자리 코드가 있습니다. 링크를 열거나 여기에 코드를 입력하세요.
    .nothing = 메일이 오지 않았습니다
    .wait = 2분쯤 걸릴 수 있습니다. 스팸함도 확인하세요. 보낸 사람은 { $from } 주소입니다.
    .again = 다시 보내기
    .another = 다른 주소 쓰기
    .sent-to = { $email } 주소로 메일을 보냈습니다. 30분 동안 쓸 수 있습니다.

new-password =
    .title = 새 비밀번호
    .least = { $least }자 이상, 길수록 좋습니다
    .words = 서로 관계없는 단어 서너 개면 좋습니다
    .not-yours = 이름이나 이메일 주소는 안 됩니다
    .not-leaked = 공개된 유출 목록에 있는 비밀번호는 안 됩니다
    .label = 새 비밀번호
    .save = 새 비밀번호 저장
    .hint = 저장하면 모든 기기에서 로그아웃됩니다.
    .done = 비밀번호를 바꿨습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호로 로그인하세요.

undo-email =
    .title = 이전 주소로 되돌릴까요?
    .lead = 계정이 { $email } 주소로 돌아갑니다.
    .confirm = 네, 되돌립니다
    .consequence = 모든 기기에서 로그아웃되고 지금 비밀번호는 쓸 수 없게 됩니다. 새 비밀번호를 정하는 링크를 메일로 보냅니다.
    .hint = 주소를 직접 바꿨다면 이 페이지를 닫으세요. 버튼을 누르기 전에는 아무 일도 일어나지 않습니다.
    .done = 이전 주소로 되돌렸습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호를 정하는 링크를 메일로 보냈습니다.

was-it-you =
    .title = 본인이 맞나요?
    .new-sign-in = 내 계정에 새로 로그인한 기기가 있습니다
    .password = 비밀번호가 바뀌었습니다
    .replayed = 로그인 정보 하나가 복사된 것처럼 두 곳에서 쓰였습니다. 그 기기를 로그아웃했습니다.
    .lead = { $email } 계정에 바뀐 것이 있습니다
    .not-me = 아니요, 계정을 보호합니다
    .me = 네, 제가 했습니다
    .hint = ‘아니요’를 누르면 모든 기기에서 바로 로그아웃하고 새 비밀번호를 정합니다.
    .done = 계정을 보호했습니다
    .done-lead = 모든 기기에서 로그아웃했습니다. 새 비밀번호를 정하는 링크를 메일로 보냈습니다.
    .stays = 그대로 두었습니다

join =
    .title = 계정 만들기
    .terms = 계정을 만들면 <a href="{ $terms }">이용약관</a>에 동의하게 됩니다.
    .create = 계정 만들기
    .done = 계정을 만들었습니다

taken =
    .title = 이 주소의 계정이 있습니다
    .lead = 로그인하거나 새 비밀번호를 정하세요.

sign-in =
    .title = { $app } 로그인
    .sign-in = 로그인
    .for-app = { $client } 앱으로 계속합니다
    .new-here = 처음이신가요?
    .create-account = 계정 만들기
    .no-match = 이메일 주소와 비밀번호가 맞지 않습니다
    .check-both = 둘 다 확인한 뒤 다시 시도하거나 <a href="{ $path }">새 비밀번호를 정하세요</a>.
    .check-both-without-mail = 둘 다 확인한 뒤 다시 시도하세요.
    .not-locked = 로그인 시도가 많았습니다. 계정이 잠긴 것은 아닙니다.
    .disabled = 사용 중지된 계정입니다
    .write-to = { $contact } 주소로 문의하세요.
    .ask = { $name } 관리자에게 문의하세요.
    .unverified = 먼저 이메일 주소를 확인하세요
    .unverified-lead = 링크가 있는 메일을 보냈습니다. 메일이 오지 않았다면 <a href="{ $path }">다시 보내세요</a>.

second-factor =
    .title = 코드를 입력하세요
    .lead = 인증 앱을 열고 { $app } 코드를 확인하세요.
    .code = 6자리 코드
    .use-recovery-code = 복구 코드 사용
    .not-you = { $email } 계정이 아닌가요?
    .start-again = 처음부터
    .wrong-lead = { $tries ->
        [0] 더 시도할 수 없습니다. 처음부터 다시 하세요.
       *[other] 코드는 30초마다 바뀝니다. 지금 보이는 코드를 입력하세요. 또 실패하면 휴대전화 시계가 자동으로 맞춰지는지 확인하세요. { $tries }번 더 시도할 수 있습니다.
    }
    .too-many = 틀린 코드가 많았습니다. 계정이 잠긴 것은 아닙니다.
    .over = 다시 로그인하세요
    .over-lead = 코드를 입력하는 데 5분이 넘었거나 시도가 너무 많았습니다.

recovery-code =
    .title = 복구 코드 사용
    .lead = 2단계 인증을 켤 때 저장한 코드 10개 가운데 하나입니다. 하나는 한 번만 쓸 수 있습니다.
    .label = 복구 코드
    .hint = 예: k7m3-q2xd-9fwt-h4np. 하이픈과 대소문자는 상관없습니다.
    .none-left = 남은 코드가 없습니다
    .ask = { $app } 관리자({ $contact })에게 문의하세요. 본인인지 확인한 뒤 2단계 인증을 꺼 드립니다.
    .ask-somebody = { $app } 관리자에게 문의하세요. 본인인지 확인한 뒤 2단계 인증을 꺼 드립니다.
    .use-app = 인증 앱 코드 사용
    .missing = 복구 코드를 입력하세요
    .wrong-lead = { $tries ->
        [0] 더 시도할 수 없습니다. 처음부터 다시 하세요.
       *[other] 아직 쓰지 않은 코드를 입력하세요. { $tries }번 더 시도할 수 있습니다.
    }

confirm-identity =
    .title = 본인 확인
    .lead = 로그인 방법을 바꾸려고 합니다. 최근 10분 안에 계정이 허용하는 가장 강한 방법으로 확인해야 합니다.
    .wrong-password = 비밀번호가 맞지 않습니다

sign-up =
    .email-hint = 주소를 확인하는 메일을 보냅니다.
    .have-account = 계정이 있으신가요?
    .closed = 가입할 수 없습니다
    .closed-lead = 초대를 받거나 관리자가 계정을 만들어야 합니다.

signed-out =
    .title = 로그아웃했습니다
    .lead = { $devices ->
        [0] 이 기기에서 로그아웃했습니다.
       *[other] 이 기기에서 로그아웃했습니다. 다른 기기 { $devices }대에서는 로그인되어 있습니다.
    }
    .again = 다시 로그인
    .hint = 함께 쓰는 컴퓨터라면 브라우저도 닫으세요.

account =
    .title = 내 계정
    .account = 계정
    .overview = 개요
    .skip = 본문으로 건너뛰기
    .menu = 메뉴
    .sign-out = 로그아웃
    .confirmed = 확인됨
    .not-confirmed = 아직 확인 안 됨
    .edit = 수정
    .how-you-sign-in = 로그인 방법
    .no-password = 아직 없음
    .where-you-are-signed-in = 로그인 상태
    .devices = { $devices ->
        [1] 이 기기 1대
       *[other] 이 기기를 포함해 { $devices }대
    }

account-profile =
    .title = 프로필
    .name = 이름
    .name-hint = 연결한 앱에 보입니다.
    .save-name = 이름 저장
    .email-hint = 로그인할 때 씁니다. 이전 주소로도 알립니다. 다른 기기에서는 로그아웃됩니다.
    .email-hint-without-mail = 로그인할 때 씁니다. 다른 기기에서는 로그아웃됩니다.
    .change-address = 주소 변경
    .confirm-address = 새 주소를 확인하세요
    .waiting = { $email } 주소로 메일을 보냈습니다. 확인하기 전까지는 이전 주소를 씁니다.
    .language-and-time = 언어와 시각
    .language = 언어
    .zone = 시간대
    .save = 저장
    .saved = 프로필을 저장했습니다

account-password =
    .title = 비밀번호
    .current = 현재 비밀번호
    .forgot = 잊으셨나요?
    .consequence = { $devices ->
       *[other] 저장하면 다른 기기 { $devices }대에서 로그아웃됩니다.
    }
    .others-out = 다른 기기에서 로그아웃했습니다.
    .none = 아직 비밀번호가 없습니다
    .none-lead = { $email } 주소로 비밀번호를 정하는 링크를 보냅니다.
    .none-without-mail = 비밀번호 없이 로그인하고 있습니다.
    .set = 비밀번호 설정

account-second-factor =
    .title = 2단계 인증
    .lead = 비밀번호 다음에 코드를 확인합니다. 비밀번호를 빼앗겨도 로그인할 수 없습니다.
    .needed = 2단계 인증이 필요합니다
    .needed-lead = 여기에서 설정하세요. 설정이 끝나면 가려던 곳으로 이동합니다.
    .off-hint = 휴대전화에 인증 앱이 필요합니다. 앱은 30초마다 새 코드를 보여 줍니다.
    .set-up = 2단계 인증 설정
    .app = 인증 앱
    .on = 켜짐
    .off = 꺼짐
    .since = { $day }부터
    .turn-off = 끄기
    .codes = 복구 코드
    .left = { $codes }개 남음
    .way-back = 휴대전화를 잃어버렸을 때 로그인하는 방법
    .new-codes = 새 코드 만들기
    .replace = 새 코드를 만들면 이전 코드는 모두 쓸 수 없습니다.
    .summary = { $codes ->
       *[other] 인증 앱, 복구 코드 { $codes }개 남음
    }
    .scan = 인증 앱으로 스캔하세요
    .on-this-phone = 이 휴대전화에서 보고 있다면 <a href="{ $uri }">앱을 열거나</a> 키를 입력하세요.
    .qr = 인증 앱용 QR 코드
    .key = 키
    .type = 앱에 표시된 코드를 입력하세요
    .turn-on = 켜기
    .wrong = 코드는 30초마다 바뀝니다. 지금 보이는 코드를 입력하세요. 또 실패하면 휴대전화 시계가 자동으로 맞춰지는지 확인하세요.
    .save-codes = 복구 코드를 저장하세요
    .is-on = 2단계 인증을 켰습니다
    .codes-lead = 휴대전화를 잃어버리면 이 코드로 로그인할 수 있습니다. 지금만 볼 수 있습니다.
    .download = 텍스트 파일로 저장
    .saved = 코드를 저장했습니다
    .done = 완료
    .not-saved = 코드를 저장한 뒤 상자를 선택하세요
    .turn-off-title = 2단계 인증을 끌까요?
    .turn-off-lead = 비밀번호만으로 로그인하게 됩니다. 다른 기기에서는 로그아웃됩니다.
    .turn-off-needed = 이 계정에는 2단계 인증이 필요합니다. 다시 설정할 때까지 다른 일은 할 수 없습니다. 다른 기기에서는 로그아웃됩니다.
    .any-code = 코드
    .any-code-hint = 인증 앱의 숫자 6자리 또는 복구 코드.
    .keep = 유지하기
    .passkey-instead = 대신 패스키 추가
    .is-off = 2단계 인증을 껐습니다

passkey =
    .or = 또는
    .sign-in = 패스키로 로그인
    .use-a-passkey = 패스키 사용
    .use-passkey = 패스키 사용
    .use-code = 6자리 코드 사용
    .title = 패스키를 사용하세요
    .lead = 기기가 지문, 얼굴 또는 화면 잠금을 확인합니다. 이 정보는 기기를 떠나지 않습니다.
    .no-script = 패스키에는 자바스크립트가 필요하지만 이 브라우저에서는 꺼져 있습니다. 다른 방법은 모두 쓸 수 있습니다.
    .cancelled = 패스키를 사용하지 않았습니다. 다시 시도하거나 비밀번호를 사용하세요.
    .other-way = 패스키를 사용하지 않았습니다. 다시 시도하거나 다른 방법을 사용하세요.
    .not-added = 패스키를 추가하지 않았습니다. 다시 시도하세요.
    .known = 이 기기에는 이 계정의 패스키가 이미 있습니다.
    .unusable = 지금은 패스키를 사용할 수 없습니다. 다른 방법을 사용하세요.
    .refused = 여기서 쓸 수 없는 패스키입니다
    .refused-lead = 계정에서 삭제했거나 다른 계정의 패스키입니다. 다른 방법을 사용하세요.
    .not-verified = 기기가 본인인지 확인하지 않았습니다
    .not-verified-lead = 기기에 PIN, 지문 또는 화면 잠금을 설정하거나 다른 방법을 사용하세요.

account-passkeys =
    .title = 패스키
    .lead = 지문, 얼굴 또는 화면 잠금으로 로그인합니다.
    .without-typing = 입력 없이 로그인하기
    .none = 패스키는 지문, 얼굴, 화면 잠금을 사용합니다. 추측할 수 없고 가짜 페이지가 훔칠 수도 없습니다.
    .add = 패스키 추가
    .added = 패스키를 추가했습니다
    .added-lead = 다음에는 로그인 페이지에서 선택하세요.
    .manage = 관리
    .synced = 여러 기기에 있음
    .added-on = { $day } 추가, { $device } 기기
    .added-day = { $day } 추가
    .not-used = 아직 사용하지 않음
    .used = { $day } 마지막 사용, { $device } 기기
    .count = { $passkeys ->
        [0] 아직 없음
       *[other] { $passkeys }개
    }
    .name = 이름
    .name-hint = 나중에 알아볼 수 있는 이름입니다. 비워 두면 이 기기 이름을 씁니다.
    .optional = (선택)
    .name-refused = 눈에 보이는 글자를 포함해 100자 이내로 입력하세요
    .renamed = 이름을 저장했습니다
    .remove = 이 패스키 삭제
    .remove-lead = 더 이상 이 패스키로 로그인할 수 없고, 다른 기기에서는 로그아웃됩니다. 기기에 남은 패스키는 기기에서 지우세요.
    .removed = 패스키를 삭제했습니다
    .removed-lead = 다른 기기에서 로그아웃했습니다.
    .last-way = 먼저 패스키나 비밀번호를 추가하세요. 마지막 로그인 방법입니다
    .too-many = { $passkeys ->
       *[other] 패스키가 { $passkeys }개 있습니다. 먼저 하나를 삭제하세요.
    }
    .known = 이미 추가한 패스키입니다
    .not-added = 패스키를 추가하지 못했습니다
    .not-added-lead = 기기가 본인인지 확인하지 않았거나 시간이 너무 오래 걸렸습니다. 다시 시도하세요.
    .questions = 자주 묻는 질문
    .where = 패스키는 어디에 저장되나요?
    .where-answer = 비밀번호 관리자나 보안 키에 저장됩니다. 비밀번호 관리자는 대부분 다른 기기에도 동기화합니다.
    .lost = 기기를 잃어버리면 어떻게 하나요?
    .lost-answer = 다른 패스키나 인증 앱으로 본인임을 확인한 뒤 여기서 패스키를 삭제하세요. 둘 다 없다면 서비스 운영자에게 문의하세요. 지문, 얼굴, 화면 잠금 없이는 아무도 쓸 수 없습니다.

account-sessions =
    .title = 로그인한 기기
    .lead = 로그인되어 있는 모든 기기입니다. 모르는 기기가 있다면 로그아웃한 뒤 비밀번호를 바꾸세요.
    .this-device = 이 기기
    .signed-in = { $day } 로그인
    .end-others = 다른 기기 모두 로그아웃
    .at-once = 로그아웃은 바로 적용됩니다.
    .zone = 시각은 { $city } 시간({ $offset })입니다.
    .utc = 시각은 { $offset } 기준입니다.
    .ended = 기기를 로그아웃했습니다
    .others-ended = 다른 기기에서 모두 로그아웃했습니다
    .pages = 페이지
    .next = 다음

account-apps =
    .title = 연결된 앱
    .lead = 내 계정을 쓰는 앱입니다. 더 이상 쓰지 않는 앱은 연결을 해제하세요.
    .none = 내 계정을 쓰는 앱이 없습니다.
    .since = { $day } 연결
    .disconnect = 연결 해제
    .disconnected = 앱 연결을 해제했습니다
    .at-once = 연결 해제는 바로 적용됩니다. 앱이 다시 물어볼 수 있습니다.

social =
    .or = 또는
    .sign-in-with = 다음 계정으로 로그인:
    .refused = { $provider } 로그인에 실패했습니다
    .refused-lead = 다시 시도하거나 비밀번호를 사용하세요.
    .unreachable = { $provider } 서비스가 응답하지 않습니다
    .unreachable-lead = 잠시 뒤에 다시 시도하거나 비밀번호를 사용하세요.
    .over = 다시 시작하세요
    .over-lead = 로그인에 10분이 넘게 걸렸거나 다른 브라우저에서 시작했습니다.
    .no-email = { $provider } 계정에서 이메일 주소를 받지 못했습니다
    .no-email-lead = 계정에는 이메일 주소가 필요합니다. 다른 방법으로 가입한 뒤 ‘연동된 계정’에서 { $provider } 계정을 연동하세요.
    .exists = { $email } 주소의 계정이 이미 있습니다
    .exists-lead = 먼저 그 계정에 로그인하세요. 그런 다음 ‘연동된 계정’에서 { $provider } 계정을 연동하세요.
    .invited-lead = 초대를 받았다면 먼저 초대 메일의 링크를 여세요. 그런 다음 ‘연동된 계정’에서 { $provider } 계정을 연동하세요.
    .closed = 아직 계정이 없습니다
    .closed-lead = 새 계정은 초대를 받거나 관리자가 만듭니다.
    .continue-with = { $provider } 계정으로 계속
    .unusable = { $provider } 계정으로 로그인할 수 없습니다
    .unusable-lead = 저희 쪽 문제입니다. 나중에 다시 시도하거나 비밀번호를 사용하세요.
    .another = 다른 { $provider } 계정입니다
    .another-lead = { $email } 계정으로 로그인되어 있습니다. 이 계정에 연동된 { $provider } 계정으로 계속하세요.
    .not-fresh = { $provider } 서비스가 방금 로그인했는지 알려 주지 않습니다
    .not-fresh-lead = 다른 방법으로 본인임을 확인하세요.
    .not-fresh-set-password = 메일로 받는 링크에서 <a href="{ $path }">비밀번호를 정하세요</a>. 그런 다음 그 비밀번호로 본인임을 확인하세요.
    .not-fresh-for-app = 앱에서 새 로그인을 요청했습니다. 비밀번호나 다른 방법을 사용하세요. 비밀번호가 없다면 ‘비밀번호를 잊으셨나요?’를 선택하세요.
    .try-again = 다시 시도하세요.
    .try-later = 잠시 뒤에 다시 시도하세요.

account-linked =
    .title = 연동된 계정
    .lead = 로그인에 쓸 수 있는 다른 계정입니다.
    .linked = 연동됨
    .not-linked = 연동 안 됨
    .not-offered = 지금은 쓸 수 없음
    .since = { $day }부터
    .link = 연동
    .unlink = 연동 해제
    .last = 로그인 방법은 하나 이상 있어야 합니다. 마지막 하나는 지울 수 없습니다.
    .summary = { $number ->
        [0] 연동된 계정 없음
       *[other] { $number }개 연동됨
    }
    .done = { $provider } 계정을 연동했습니다
    .undone = { $provider } 계정의 연동을 해제했습니다
    .undone-lead = 다른 기기에서는 로그아웃했습니다.
    .last-way = 마지막 로그인 방법입니다
    .last-way-lead = 먼저 <a href="{ $path }">비밀번호를 정하거나</a> 패스키를 추가하세요.
    .taken = 이미 다른 계정에 연동되어 있습니다
    .taken-lead = 먼저 그 계정에서 연동을 해제하세요.
    .too-many = 연동된 계정이 20개입니다
    .too-many-lead = 먼저 하나를 해제하세요.
    .not-done = { $provider } 계정을 연동하지 못했습니다
    .left = { $provider } 계정을 연동하지 않았습니다
    .unusable = { $provider } 계정을 연동할 수 없습니다
    .try-later = 연동된 것은 없습니다. 잠시 뒤에 다시 시도하세요.

device =
    .browser = { $system }의 { $browser }
    .program = ‘{ $name }’이라는 앱
    .unknown = 이름을 알 수 없는 기기
    .place = { $country } { $city }
    .place-unknown = 위치 알 수 없음

ago =
    .now = 지금
    .minutes = { $number ->
       *[other] { $number }분 전
    }
    .hours = { $number ->
       *[other] { $number }시간 전
    }
    .days = { $number ->
       *[other] { $number }일 전
    }
    .weeks = { $number ->
       *[other] { $number }주 전
    }

consent =
    .title = { $client } 앱이 내 계정을 쓰도록 허용할까요?
    .signed-in-as = { $email } 계정으로 로그인됨
    .able = { $client } 앱이 할 수 있는 일
    .see-name = 이름 보기
    .see-address = 이메일 주소 보기
    .see-name-and-address = 이름과 이메일 주소 보기
    .see-roles = 이 앱에서의 역할 보기
    .know-sign-in = 로그인했다는 사실과 시각 알기
    .stay-connected = 취소할 때까지 연결 유지
    .never = 할 수 없는 일
    .never-see-password = 비밀번호나 패스키 보기
    .never-change = 계정 바꾸기
    .allow = 허용
    .deny = 허용 안 함
    .goes-to = { $host } 사이트로 이동합니다. ‘연결된 앱’에서 언제든지 취소할 수 있습니다.
    .about = { $client } 앱 소개
    .policy = { $client } 앱의 개인정보 처리방침
    .terms = { $client } 앱의 이용 약관

chooser =
    .title = 계정을 고르세요
    .current = { $email } 계정으로 계속
    .other = 다른 계정 사용

form-post =
    .title = 로그인했습니다
    .lead = { $client } 앱으로 이동합니다.

flow-refused =
    .title = 이 앱으로는 로그인할 수 없습니다
    .lead = 앱이 보낸 요청에 답할 수 없습니다. 뒤로 가서 다시 시도하세요. 같은 문제가 생기면 앱 관리자에게 알리세요.
    .no-access = { $client } 앱을 쓸 수 없습니다
    .no-access-lead = 이 계정은 { $client } 앱을 쓸 수 있는 계정이 아닙니다.
    .back = { $client } 앱으로 돌아가기

app-sign-out =
    .title = 로그아웃할까요?
    .lead = { $client } 앱이 로그아웃을 요청합니다. 지금 { $email } 계정으로 로그인되어 있습니다.
    .lead-nameless = 앱이 로그아웃을 요청합니다. 지금 { $email } 계정으로 로그인되어 있습니다.
    .stay = 로그인 유지
    .refused = 이 앱으로는 로그아웃할 수 없습니다
    .refused-lead = 앱이 보낸 요청에 답할 수 없습니다. 로그인 상태는 바뀌지 않았습니다. 로그아웃하려면 내 계정으로 가세요.
