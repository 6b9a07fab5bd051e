// The payment page, and the two that the provider's window comes back to.
//
// The amount is that of the intent, asked for with the user's token; what stands in the address is only compared with
// it. The token comes from this tab's session storage ("dure.accessToken") or from the window that opened this one, by a
// message {type: "dure.token", accessToken}; it never stands in an address. Texts are put in as text, never as markup.
"use strict";
(() => {
	const [, , paymentId, step = "pay"] = location.pathname.split("/");
	const query = new URLSearchParams(location.search);
	const at = (id) => document.getElementById(id);
	const meta = (name) => document.querySelector(`meta[name="dure-${name}"]`).content;
	const origins = [location.origin, ...meta("origins").split(" ").filter((o) => o !== "")];
	const nonce = document.currentScript.nonce;
	const api = `/api/payments/${encodeURIComponent(paymentId)}`;
	const POLL_MS = 2000, POLL_FOR_MS = 90000, RUNNING_MS = 1000;

	const says = {
		wait: ["잠시만 기다려 주세요.", "One moment, please."],
		ready: ["위 금액을 결제합니다.", "You are about to pay the amount above."],
		confirming: ["결제를 확인하고 있습니다. 창을 닫지 마세요.", "Confirming your payment. Please keep this window open."],
		paid: ["결제가 완료되었습니다. 포인트는 곧 적립됩니다.", "Paid. Your points arrive in a moment."],
		deposit: ["입금을 기다리고 있습니다. 입금이 확인되면 포인트가 적립됩니다.",
			"Waiting for your deposit. Your points arrive once it is there."],
		unknown: ["결제 결과를 아직 확인하지 못했습니다. 확인되는 대로 포인트가 적립되며, 승인되지 않으면 청구되지 않습니다.",
			"The result is not known yet. Your points arrive as soon as it is; what is not approved is not charged."],
		refused: ["결제가 승인되지 않았습니다. 돈은 빠져나가지 않았습니다.", "The payment was refused. You were not charged."],
		expired: ["결제 시간이 지났거나 끝난 결제입니다. 처음부터 다시 시작해 주세요.",
			"This payment has ended or its time is over. Please start again."],
		stopped: ["결제를 마치지 못했습니다. 돈은 빠져나가지 않았습니다.", "The payment was not completed. You were not charged."],
		abandoned: ["결제를 그만두었습니다.", "You have given this payment up."],
		returned: ["환불된 결제입니다.", "This payment was given back."],
		mismatch: ["결제 정보가 서로 맞지 않아 진행하지 않았습니다. 돈은 빠져나가지 않았습니다.",
			"What came back does not fit this payment, so it was not made. You were not charged."],
		signIn: ["로그인이 필요합니다. 로그인한 뒤 다시 시도해 주세요.", "Please sign in, then try again."],
		missing: ["결제를 찾을 수 없습니다.", "There is no such payment."],
		trouble: ["잠시 연결이 원활하지 않습니다. 다시 시도해 주세요.", "The connection is poor right now. Please try again."],
	};
	const kinds = { paid: "good", refused: "bad", expired: "bad", stopped: "bad", mismatch: "bad", missing: "bad" };

	function say(word, detail = "") {
		[at("ko").textContent, at("en").textContent] = says[word];
		at("detail").textContent = detail;
		at("message").className = kinds[word] ?? "";
		for (const id of ["pay", "again", "abandon"])
			at(id).hidden = true;
	}

	function offer(id, act) {
		at(id).hidden = false;
		at(id).disabled = false;
		at(id).onclick = () => {
			at(id).disabled = true;
			act();
		};
	}

	function tellOpener(message) {
		for (const origin of origins)
			window.opener?.postMessage({ paymentId, ...message }, origin);
	}

	const pause = (ms) => new Promise((done) => setTimeout(done, ms));

	// The answer of billing; status 0: none came.
	async function call(method, path, body, headers = {}) {
		try {
			const answer = await fetch(path, {
				method, credentials: "omit", cache: "no-store", body: body && JSON.stringify(body),
				headers: { ...headers, ...(body && { "Content-Type": "application/json" }),
					Authorization: `Bearer ${sessionStorage.getItem("dure.accessToken") ?? ""}` },
			});
			const text = await answer.text();
			return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
		} catch {
			return { status: 0, body: {} };
		}
	}

	function show(payment) {
		at("name").textContent = payment.orderName;
		at("amount").textContent = `${payment.amountKrw.toLocaleString("ko-KR")}원`;
		at("payment").hidden = false;
	}

	// A payment whose state is the end of this page; false: it can still be paid.
	function ended(payment) {
		const word = { paid: "paid", waiting_deposit: "deposit", failed: "refused", cancelled: "abandoned", refunded: "returned",
			partially_refunded: "returned" }[payment.status];
		if (word === undefined)
			return false;
		say(payment.failureCode?.startsWith("EXPIRED") ? "expired" : word, payment.failureCode);
		tellOpener({ type: "dure.payment", status: payment.status });
		return true;
	}

	function failed(answer, again) {
		if (answer.status === 401 || answer.status === 403) {
			say("signIn");
			tellOpener({ type: "dure.token_needed" });
		} else if (answer.status === 404 || answer.status === 400) {
			say("missing");
			return;
		} else {
			say("trouble", answer.body.requestId);
		}
		offer("again", again);
	}

	async function read(then) {
		const answer = await call("GET", api);
		if (answer.status !== 200)
			return failed(answer, () => read(then));
		show(answer.body);
		return then(answer.body);
	}

	// ---- pay

	function loadScript() {
		return new Promise((done, broken) => {
			if (window.TossPayments)
				return done();
			const script = document.createElement("script");
			script.nonce = nonce;
			script.src = meta("script");
			script.onload = done;
			script.onerror = () => broken(new Error("script"));
			document.head.append(script);
		});
	}

	async function openWindow(payment) {
		const here = `${location.origin}/pay/${paymentId}`;
		try {
			await loadScript();
			await window.TossPayments(meta("client-key")).payment({ customerKey: window.TossPayments.ANONYMOUS }).requestPayment({
				method: "CARD", amount: { currency: "KRW", value: payment.amountKrw }, orderId: payment.orderId,
				orderName: payment.orderName, successUrl: `${here}/success`, failUrl: `${here}/failure`,
			});
		} catch (e) {
			say(e.message === "script" ? "trouble" : "stopped", e.code);
			offer("again", () => read(pay));
		}
	}

	async function abandon() {
		const answer = await call("DELETE", api);
		if (answer.status !== 204)
			return read((payment) => ended(payment) || failed(answer, abandon));
		say("abandoned");
		tellOpener({ type: "dure.payment", status: "cancelled" });
	}

	function pay(payment) {
		if (ended(payment))
			return;
		if (payment.status !== "created")
			return watch(Date.now() + POLL_FOR_MS);
		say("ready");
		offer("pay", () => openWindow(payment));
		offer("abandon", abandon);
	}

	// ---- the buyer has agreed

	// The same for the same agreement, also when this page is loaded again.
	function idempotencyKey(paymentKey) {
		const name = `dure.confirm.${paymentId}.${paymentKey}`;
		const kept = sessionStorage.getItem(name);
		if (kept !== null)
			return kept;
		const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
		sessionStorage.setItem(name, made);
		return made;
	}

	// Nobody knows yet: billing finds out by itself, this page only watches.
	async function watch(until) {
		say("confirming");
		while (Date.now() < until) {
			const answer = await call("GET", api);
			if (answer.status === 200 && ended(answer.body))
				return;
			await pause(POLL_MS);
		}
		say("unknown");
		offer("again", () => watch(Date.now() + POLL_FOR_MS));
	}

	async function confirm(payment) {
		if (ended(payment))
			return;
		if (query.get("orderId") !== payment.orderId || Number(query.get("amount")) !== payment.amountKrw)
			return say("mismatch");
		say("confirming");
		const answer = await call("POST", `${api}/confirm`,
			{ paymentKey: query.get("paymentKey"), orderId: payment.orderId, amountKrw: payment.amountKrw },
			{ "Idempotency-Key": idempotencyKey(query.get("paymentKey")) });
		if (answer.status === 200)
			ended(answer.body);
		else if (answer.status === 402)
			ended({ status: "failed", failureCode: answer.body.detail });
		else if (answer.body.code === "payment.expired" || answer.body.code === "payment.ended")
			say("expired");
		else if (answer.body.code === "idempotency.running") {
			await pause(RUNNING_MS);
			await confirm(payment);
		} else if (answer.status === 0 || answer.status >= 500)
			await watch(Date.now() + POLL_FOR_MS);
		else if (answer.status === 409 || answer.status === 422)
			say("mismatch", answer.body.detail);
		else
			failed(answer, () => read(confirm));
	}

	// ---- the window came back without an agreement

	function stopped(payment) {
		if (ended(payment))
			return;
		say("stopped", [query.get("message"), query.get("code")].filter(Boolean).join(" · "));
		offer("again", () => location.assign(`/pay/${paymentId}`));
		offer("abandon", abandon);
	}

	// ---- begin

	const run = () => read({ pay, success: confirm, failure: stopped }[step] ?? pay);

	window.addEventListener("message", (event) => {
		if (!origins.includes(event.origin) || event.data?.type !== "dure.token" || typeof event.data.accessToken !== "string")
			return;
		sessionStorage.setItem("dure.accessToken", event.data.accessToken);
		run();
	});

	const back = sessionStorage.getItem("dure.returnTo");
	if (back !== null && new URL(back, location.href).origin === location.origin) {
		at("back").href = back;
		at("back").hidden = false;
	}
	run();
})();
