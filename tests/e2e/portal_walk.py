"""Walks through the portal as a new person would, in a headless Chromium with a virtual authenticator.

First visit -> registration with a passkey -> upload -> review, also with a page that does not come -> signing page in a tab of its own, with
the control code on both -> passkey -> downloaded file and receipt -> check page -> second certificate -> logout -> login. Then the same pages
in English and at 320 px, and what must not happen: going on past a page that was not shown, Enter on the sign button, a script of the
portal that wants to approve, the signing page in a frame. Every page is looked at for the rules of accessibility that a
program can check, for messages of the content security policy and for script errors.

usage: portal_walk.py --portal http://localhost:8080 --pdf contract.pdf --out FOLDER
Prints one JSON object; status 0 only if everything held.
"""

import argparse
import json
import pathlib
import shutil
import sys
import time

from playwright.sync_api import expect, sync_playwright

PAGE_RULES = """() => {
  const problems = [];
  const visible = (e) => e.checkVisibility();
  const headings = [...document.querySelectorAll('h1,h2,h3,h4')].filter(visible);
  if (headings.filter((h) => h.tagName === 'H1').length !== 1) problems.push('not exactly one h1');
  let last = 0;
  for (const h of headings) {
    const level = Number(h.tagName[1]);
    if (level > last + 1) problems.push('heading level skipped at ' + h.textContent.trim());
    last = level;
  }
  if (!['ja', 'en'].includes(document.documentElement.lang)) problems.push('no language');
  if (!document.title.trim()) problems.push('no title');
  for (const name of ['main', 'header', 'footer']) if (!document.querySelector(name)) problems.push('no ' + name);
  const skip = document.querySelector('a.skip');
  if (!skip || !document.querySelector(skip.getAttribute('href'))) problems.push('no skip link');
  const ids = new Set();
  for (const e of document.querySelectorAll('[id]')) { if (ids.has(e.id)) problems.push('id twice: ' + e.id); ids.add(e.id); }
  for (const e of document.querySelectorAll('[aria-labelledby],[aria-describedby]')) {
    for (const attribute of ['aria-labelledby', 'aria-describedby']) {
      for (const id of (e.getAttribute(attribute) ?? '').split(' ').filter(Boolean)) if (!ids.has(id)) problems.push(attribute + ' names nothing: ' + id);
    }
  }
  for (const e of document.querySelectorAll('input,select,textarea')) {
    if (!e.labels?.length && !e.getAttribute('aria-label')) problems.push('control without label: ' + e.name);
  }
  for (const e of document.querySelectorAll('a,button')) {
    if (visible(e) && !(e.innerText.trim() || e.getAttribute('aria-label'))) problems.push('control without name');
  }
  for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) problems.push('picture without alt');
  for (const e of document.querySelectorAll('a.btn,button,.choice,.check')) {
    if (visible(e) && e.getBoundingClientRect().height < 43.5) problems.push('small target: ' + e.innerText.trim());
  }
  if (document.querySelectorAll('[style]:not([style=""]),[onclick]').length) problems.push('inline style or handler');
  if (document.documentElement.scrollWidth > innerWidth) problems.push('wider than the window: ' + document.documentElement.scrollWidth);
  return problems;
}"""


class Walk:
    def __init__(self, portal, pdf, out):
        self.portal, self.pdf, self.out = portal, pdf, out
        self.problems, self.shots, self.signing = [], [], None

    def watch(self, page):
        page.on("console", lambda m: self.problems.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.problems.append(f"script error: {e}"))

    def look(self, page, name):
        """Keeps a picture and applies the rules."""
        page.wait_for_load_state("load")
        self.shots.append(name)
        # The rules first: taking a picture leaves empty style attributes behind.
        for problem in page.evaluate(PAGE_RULES):
            self.problems.append(f"{name}: {problem}")
        page.screenshot(path=str(self.out / f"{name}.png"), full_page=True)

    def require(self, condition, what):
        if not condition:
            self.problems.append(what)


def until(page, condition, seconds=15):
    """Waits for a condition in the page. Not wait_for_function: it compiles text in the page, which the page's policy rightly forbids."""
    for _ in range(seconds * 20):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true on {page.url}: {condition}")


def authenticator(context, page):
    """A platform authenticator with user verification, as a phone or notebook has it."""
    client = context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    made = client.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})
    return client, made["authenticatorId"]


def register(walk, page, name):
    page.goto(walk.portal + "/")
    walk.look(page, "01-home")
    page.get_by_role("link", name="はじめて署名する").click()
    walk.look(page, "02-register")
    page.get_by_role("button", name="パスキーを作って証明書を受け取る").click()
    expect(page.get_by_text("氏名を入れてください。")).to_be_visible()
    walk.look(page, "03-register-empty")
    page.get_by_label("氏名").fill(name)
    page.get_by_role("button", name="パスキーを作って証明書を受け取る").click()
    page.wait_for_url("**/documents", timeout=20000)
    walk.look(page, "04-documents")


def move_passkey(context, source, page):
    """Gives the passkey of one tab to another: a real device has one authenticator for all tabs, here each tab has its own."""
    client, made = source
    credentials = client.send("WebAuthn.getCredentials", {"authenticatorId": made})["credentials"]
    other, other_made = authenticator(context, page)
    for credential in credentials:
        other.send("WebAuthn.addCredential", {"authenticatorId": other_made, "credential": credential})
    return other, other_made


def page_that_does_not_come(walk, page, words):
    """One picture is not delivered. It is said in words, and nobody goes on before it is there."""
    before = len(walk.problems)
    expect(page.get_by_text(words["failed"])).to_be_visible(timeout=15000)
    proceed = page.get_by_role("button", name=words["proceed"])
    page.get_by_role("checkbox", name=words["read"]).check()
    walk.require(proceed.is_disabled(), "the way is open although a page is not shown")
    walk.require(page.locator("#p2 .sheet").is_hidden(), "an empty sheet stands for the page that is not shown")
    walk.require(page.locator("#p1 .sheet").is_visible(), "the page that came is not shown")
    expect(page.get_by_text(words["blocked"])).to_be_visible()
    walk.look(page, "05-review-page-missing-" + words["lang"])
    again = page.locator("#p2").get_by_role("button", name=words["again"])
    again.click()
    page.wait_for_timeout(300)
    expect(page.get_by_text(words["failed"])).to_be_visible()
    walk.require(proceed.is_disabled(), "trying again in vain opens the way")
    page.unroute("**/pages/2.png*")
    again.click()
    expect(proceed).to_be_enabled(timeout=15000)
    expect(page.get_by_text(words["failed"])).to_be_hidden()
    expect(page.get_by_text(words["blocked"])).to_be_hidden()
    walk.problems[before:] = [p for p in walk.problems[before:] if "net::ERR_FAILED" not in p]


MISSING_JA = {"lang": "ja", "failed": "2 ページ目を表示できません。", "blocked": "表示できないページがあるため、進めません。",
              "proceed": "署名専用ページへ進む", "read": "目を通しました", "again": "もう一度試す"}
MISSING_EN = {"lang": "en", "failed": "Page 2 cannot be shown.", "blocked": "You cannot go on: a page cannot be shown.",
              "proceed": "Continue to the signing page", "read": "I have looked at", "again": "Try again"}


def review(walk, page):
    before = len(walk.problems)
    page.route("**/pages/2.png*", lambda r: r.abort())
    page.locator("input[type=file]").set_input_files(str(walk.pdf))
    page.wait_for_url("**/documents/*", timeout=20000)
    page_that_does_not_come(walk, page, MISSING_JA)
    walk.problems[before:] = [p for p in walk.problems[before:] if "net::ERR_FAILED" not in p]
    page.reload()
    expect(page.get_by_text("この端末で計算した値と一致しました。")).to_be_visible(timeout=10000)
    expect(page.get_by_role("button", name="署名専用ページへ進む")).to_be_enabled(timeout=15000)
    until(page, "[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    walk.look(page, "05-review")
    drawn = page.evaluate("""async () => {
        const href = document.querySelector('image').getAttribute('href');
        const picture = await createImageBitmap(await (await fetch(href)).blob());
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
        canvas.drawImage(picture, 0, 0);
        const pixels = canvas.getImageData(0, 0, picture.width, picture.height).data;
        let dark = 0;
        for (let i = 0; i < pixels.length; i += 4) if (pixels[i] < 128) dark += 1;
        return [picture.width, dark];
    }""")
    walk.require(drawn[0] >= 1000 and drawn[1] > 500, f"the page picture is empty: {drawn}")
    page.get_by_role("button", name="署名専用ページへ進む").click()
    expect(page.get_by_text("目を通したら、ここに印を付けてください。")).to_be_visible()
    page.get_by_role("checkbox", name="目を通しました").check()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="署名専用ページへ進む").click()
    walk.watch(opened.value)
    return opened.value


def control_code(page):
    return page.locator("#code").inner_text().replace("\n", "").replace(" ", "")


def approve(walk, portal, page):
    """`portal` is the tab that was left, `page` the signing page's."""
    page.wait_for_url(lambda url: not url.startswith(walk.portal) and url.startswith("http"), timeout=10000)
    portal.wait_for_url("**/approval", timeout=10000)
    expect(portal.get_by_text("署名専用ページを別のタブで開きました。")).to_be_visible()
    walk.require(control_code(portal) == "––––", "there is a control code before the button was pressed")
    walk.require(page.evaluate("window.opener === null"), "the signing page can reach the portal's tab")
    sign = page.get_by_role("button", name="パスキーで署名する")
    expect(sign).to_be_visible(timeout=10000)
    expect(page.get_by_text("この端末で計算した値と一致しました。")).to_be_visible(timeout=10000)
    walk.signing = page.evaluate("location.origin")
    walk.require("#" not in page.url, "the ticket stays in the address")
    walk.look(page, "06-signing")
    asked = []
    page.on("request", lambda r: asked.append(r.url) if r.url.split("?")[0].endswith("/api/request") else None)
    sign.focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    walk.require(not asked, "Enter on the sign button asked for an activation")
    # A reload keeps the ticket in this tab; a copied address without it does not.
    page.reload()
    expect(sign).to_be_visible(timeout=10000)
    before = len(walk.problems)
    page.route("**/api/page*", lambda r: r.abort() if r.request.post_data_json["page"] == 2 else r.continue_())
    page.get_by_text("文書のページを見る").click()
    until(page, "(document.querySelector('#sheets img')?.naturalWidth ?? 0) > 0")
    expect(page.get_by_text("2 / 2 このページを表示できません。")).to_be_visible(timeout=10000)
    walk.look(page, "06-signing-page-missing")
    page.unroute("**/api/page*")
    page.locator("#sheets").get_by_role("button", name="もう一度試す").click()
    until(page, "document.querySelectorAll('#sheets img').length === 2")
    expect(page.get_by_text("2 / 2 このページを表示できません。")).to_have_count(0)
    walk.problems[before:] = [p for p in walk.problems[before:] if "net::ERR_FAILED" not in p]
    # The answer of the passkey is held back, so that there is time to compare.
    held = []
    page.route("**/api/approve*", lambda r: held.append(r))
    sign.focus()
    page.keyboard.press("Space")
    for _ in range(200):
        if held:
            break
        page.wait_for_timeout(50)
    walk.require(len(held) == 1, "the approval was not sent")
    code = control_code(page)
    walk.require(len(code) == 4 and "–" not in code, f"no control code after the press: {code}")
    expect(page.get_by_text("までに、パスキーで確認してください。")).to_be_visible()
    expect(portal.get_by_text("コードを比べてから、パスキーで確認してください。")).to_be_visible(timeout=10000)
    walk.require(control_code(portal) == code, f"the portal shows {control_code(portal)}, the signing page {code}")
    walk.look(page, "06-signing-code")
    walk.look(portal, "06-waiting-code")
    held[0].continue_()
    page.wait_for_url(walk.portal + "/documents/**", timeout=20000)
    walk.require(len(asked) == 1, f"{len(asked)} activation requests for one press")
    expect(portal.get_by_text("承認されました。続きは別のタブに出ます。")).to_be_visible(timeout=10000)


def finish(walk, page):
    expect(page.get_by_role("heading", name="署名が完了しました")).to_be_visible(timeout=30000)
    expect(page.get_by_text("Rakkan Demo TSA 1 (DEMO, NOT VALID) のタイムスタンプによる")).to_be_visible()
    walk.look(page, "07-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="署名済みの文書を保存").click()
    signed = walk.out / "signed.pdf"
    download.value.save_as(str(signed))
    with page.expect_download() as download:
        page.get_by_role("link", name="受領証を保存").click()
    download.value.save_as(str(walk.out / "receipt.tlog-proof"))
    walk.require(signed.read_bytes().startswith(walk.pdf.read_bytes()), "the signed file does not begin with the original bytes")


def check(walk, page):
    page.goto(walk.portal + "/check")
    walk.look(page, "08-check")
    page.locator("input[type=file]").set_input_files(str(walk.out / "signed.pdf"))
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_role("heading", name="署名した後の変更は見つかりません")).to_be_visible(timeout=15000)
    walk.look(page, "09-check-good")
    altered = bytearray((walk.out / "signed.pdf").read_bytes())
    altered[200] ^= 1
    (walk.out / "altered.pdf").write_bytes(bytes(altered))
    page.goto(walk.portal + "/check")
    page.locator("input[type=file]").set_input_files(str(walk.out / "altered.pdf"))
    page.get_by_role("button", name="確かめる").click()
    page.wait_for_load_state("load")
    walk.require(page.get_by_role("heading", name="署名した後の変更は見つかりません").count() == 0, "an altered file was called unchanged")
    walk.look(page, "10-check-altered")


def rest(walk, page):
    page.goto(walk.portal + "/certificates")
    walk.look(page, "11-certificates")
    page.goto(walk.portal + "/help")
    walk.look(page, "12-help")
    before = len(walk.problems)
    page.goto(walk.portal + "/documents/" + "A" * 32)
    walk.look(page, "13-not-found")
    walk.problems[before:] = [p for p in walk.problems[before:] if "status of 404" not in p]
    page.get_by_role("button", name="ログアウト").click()
    page.wait_for_url(walk.portal + "/")
    page.goto(walk.portal + "/certificates")
    page.wait_for_url("**/login?next=*")
    walk.look(page, "14-login")
    page.get_by_role("main").get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url("**/certificates", timeout=10000)


def unequal_cannot_sign(walk, page, held):
    """While the comparison waits, and after it failed, another request that fails does not open the sign button."""
    sign, back = page.locator("#sign"), page.get_by_role("button", name="Go back without signing")
    expect(page.locator("#fingerprint-state")).to_be_visible(timeout=10000)
    for state in ["waiting", "failed"]:
        if state == "failed":
            held[0].abort()
            expect(page.locator('#fingerprint-state [data-state="failed"]')).to_be_visible(timeout=10000)
        expect(sign).to_be_disabled()
        back.click()
        expect(page.locator("#problem")).to_be_visible(timeout=10000)
        expect(back).to_be_enabled()
        walk.require(sign.is_disabled(), f"the sign button opens while the comparison is {state}")
    page.unroute("**/api/document*")
    page.unroute("**/api/decline*")


def other_forms(walk, page):
    """English, then the narrowest window, then dark."""
    page.get_by_role("link", name="English").click()
    page.wait_for_load_state("load")
    walk.require(page.evaluate("document.documentElement.lang") == "en", "the language switch does not switch")
    for path in ["/", "/register", "/documents", "/certificates", "/check", "/help"]:
        page.goto(walk.portal + path)
        walk.look(page, "20-en" + path.replace("/", "-"))
    page.route("**/pages/2.png*", lambda r: r.abort())
    before = len(walk.problems)
    page.goto(walk.portal + "/documents")
    page.locator("input[type=file]").set_input_files(str(walk.pdf))
    page.wait_for_url("**/documents/*", timeout=20000)
    page_that_does_not_come(walk, page, MISSING_EN)
    walk.problems[before:] = [p for p in walk.problems[before:] if "net::ERR_FAILED" not in p]
    page.get_by_role("checkbox", name="I have looked at").check()

    def grave(route):
        """What the server says of a document with a grave warning whose pages are not known."""
        answer = route.fetch()
        facts = answer.json()
        walk.require(facts["document"] == {"pages": 2, "warnings": []}, f"the sample has other facts: {facts['document']}")
        facts["document"] = {"pages": 0, "warnings": [{"title": "It contains a script.", "text": "<b>Not markup.</b>"}]}
        route.fulfill(response=answer, json=facts)

    page.context.route("**/api/ticket*", grave)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Continue to the signing page").click()
    walk.watch(opened.value)
    expect(opened.value.get_by_role("button", name="Sign with passkey")).to_be_enabled(timeout=10000)
    page.context.unroute("**/api/ticket*")
    for words in ["It contains a script.", "<b>Not markup.</b>", "The pages cannot be shown here."]:
        expect(opened.value.get_by_text(words)).to_be_visible()
    walk.look(opened.value, "20-en-signing")
    expect(page.get_by_text("The signing page is open in another tab.")).to_be_visible(timeout=10000)
    walk.look(page, "20-en-waiting")
    opened.value.get_by_role("button", name="Go back without signing").click()
    expect(page.get_by_text("This request is over.")).to_be_visible(timeout=10000)
    opened.value.close()
    # A browser that opens no tab shows the signing page in this one.
    single = page.context.new_page()
    walk.watch(single)
    single.add_init_script("window.open = () => null")
    page.get_by_role("link", name="To the document").click()
    page.wait_for_load_state("load")
    single.goto(page.url)
    single.get_by_role("checkbox", name="I have looked at").check()
    before = len(walk.problems)
    held = []
    single.route("**/api/document*", lambda route: held.append(route))
    single.route("**/api/decline*", lambda r: r.abort())
    single.get_by_role("button", name="Continue to the signing page").click()
    single.wait_for_url(lambda url: url.startswith(walk.signing), timeout=10000)
    unequal_cannot_sign(walk, single, held)
    walk.problems[before:] = [p for p in walk.problems[before:] if "net::ERR_FAILED" not in p]
    single.get_by_role("button", name="Go back without signing").click()
    single.wait_for_url(page.url, timeout=10000)
    single.close()
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ["/", "/register", "/documents", "/certificates", "/check", "/help"]:
        page.goto(walk.portal + path)
        walk.look(page, "30-narrow" + path.replace("/", "-"))
    page.emulate_media(color_scheme="dark")
    page.goto(walk.portal + "/certificates")
    walk.look(page, "31-dark-certificates")


def must_not(walk, page, signing):
    """What a page that is not the signing page cannot do."""
    before = len(walk.problems)
    page.goto(walk.portal + "/help")
    blocked = page.evaluate("""async (signing) => {
        try { const answer = await fetch(signing + '/api/ticket', { method: 'POST', body: '{}' }); return 'read ' + answer.status; }
        catch { return 'blocked'; }
    }""", signing)
    walk.require(blocked == "blocked", f"a script of the portal could ask the signing origin: {blocked}")
    framed = page.context.new_page()
    framed.route("**/frame-test", lambda r: r.fulfill(body=f"<iframe src='{signing}/ja'></iframe>", content_type="text/html"))
    framed.goto(walk.portal + "/frame-test")
    framed.wait_for_timeout(500)
    inner = [f for f in framed.frames if f != framed.main_frame]
    walk.require(len(inner) == 1, "the frame to test with is not there")
    walk.require(all(f.locator("#sign").count() == 0 for f in inner), "the signing page can be framed")
    framed.close()
    walk.problems[before:] = [p for p in walk.problems[before:] if "connect-src" not in p and "Refused to connect" not in p and "Content Security Policy" not in p]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--portal", required=True)
    arguments.add_argument("--pdf", required=True, type=pathlib.Path)
    arguments.add_argument("--out", required=True, type=pathlib.Path)
    arguments.add_argument("--chromium", default=shutil.which("chromium"), help="default: the installed one, else Playwright's own")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    walk = Walk(given.portal.rstrip("/"), given.pdf, given.out)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        context = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}, accept_downloads=True)
        page = context.new_page()
        walk.watch(page)
        passkey = authenticator(context, page)
        started = time.monotonic()
        register(walk, page, "山田 花子")
        signing = review(walk, page)
        move_passkey(context, passkey, signing)
        approve(walk, page, signing)
        # The signing page's tab went on to the result; the rest is done there.
        page.close()
        page = signing
        finish(walk, page)
        seconds = time.monotonic() - started
        check(walk, page)
        rest(walk, page)
        other_forms(walk, page)
        must_not(walk, page, walk.signing)
        browser.close()
    print(json.dumps({"ok": not walk.problems, "problems": walk.problems, "seconds_to_signed_file": round(seconds, 1),
                      "screenshots": walk.shots}, ensure_ascii=False, indent=1))
    return 0 if not walk.problems else 1


if __name__ == "__main__":
    sys.exit(main())
