/* The browser script that stands in for the provider's: TossPayments(clientKey).payment({customerKey}).requestPayment(…)
 * as its second version has it. */
#include "deploy/sandbox/toss.h"

static const char widget[] =
    "\"use strict\";\n"
    "/* Stands in for the payment window: a dialog with one button per way a card can behave. No card number is asked for. */\n"
    "(() => {\n"
    "  const base = new URL(document.currentScript.src).origin;\n"
    "  const choices = [[\"success\", \"결제하기 · Pay\"], [\"decline\", \"한도 초과 카드 · Card over its limit\"],\n"
    "    [\"timeout\", \"응답 없는 카드 · Card that never answers\"], [\"late\", \"3초 늦는 카드 · Card that answers late\"]];\n"
    "  const go = (to, query) => {\n"
    "    const url = new URL(to, location.href);\n"
    "    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);\n"
    "    location.assign(url);\n"
    "  };\n"
    "  const authenticate = async (method, card, o) => {\n"
    "    const res = await fetch(base + \"/sandbox/toss/authenticate\", {method: \"POST\",\n"
    "      headers: {\"Content-Type\": \"application/json\"},\n"
    "      body: JSON.stringify({orderId: o.orderId, orderName: o.orderName, amount: o.amount.value,\n"
    "        method, card})});\n"
    "    const out = await res.json();\n"
    "    if (!res.ok) go(o.failUrl, {code: out.code, message: out.message, orderId: o.orderId});\n"
    "    else go(o.successUrl, {paymentType: \"NORMAL\", orderId: out.orderId,\n"
    "      paymentKey: out.paymentKey, amount: out.amount});\n"
    "  };\n"
    "  const button = (dialog, label, name, act) => {\n"
    "    const b = document.createElement(\"button\");\n"
    "    b.type = \"button\";\n"
    "    b.textContent = label;\n"
    "    b.dataset.card = name;\n"
    "    b.addEventListener(\"click\", () => { dialog.close(); act(); });\n"
    "    dialog.append(b);\n"
    "  };\n"
    "  const open = (method, o) => {\n"
    "    const dialog = document.createElement(\"dialog\");\n"
    "    const line = document.createElement(\"p\");\n"
    "    line.textContent = \"모의 결제창 · Sandbox payment: \" + (o.orderName || o.orderId) + \", \" +\n"
    "      o.amount.value.toLocaleString(\"ko-KR\") + \" \" + o.amount.currency;\n"
    "    dialog.append(line);\n"
    "    for (const [card, label] of choices)\n"
    "      button(dialog, label, card, () => authenticate(method, card, o));\n"
    "    const cancel = () => go(o.failUrl, {code: \"PAY_PROCESS_CANCELED\",\n"
    "      message: \"결제창을 닫았습니다. The buyer closed the payment window.\", orderId: o.orderId});\n"
    "    button(dialog, \"취소 · Cancel\", \"cancel\", cancel);\n"
    "    dialog.addEventListener(\"cancel\", cancel);\n"
    "    document.body.append(dialog);\n"
    "    dialog.showModal();\n"
    "  };\n"
    "  window.TossPayments = () => ({payment: () => ({requestPayment: async (o) =>\n"
    "    open(o.method === \"VIRTUAL_ACCOUNT\" ? \"vbank\" : \"card\", o)})});\n"
    "  window.TossPayments.ANONYMOUS = \"ANONYMOUS\";\n"
    "})();\n";

void
toss_widget(struct request *rq, struct reply *rep)
{
	(void)rq;
	reply_text(rep, 200, "text/javascript; charset=utf-8", widget);
	toss_allow_any_origin(rep);
}
