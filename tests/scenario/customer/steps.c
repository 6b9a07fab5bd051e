/* The steps in their order. */
#include "tests/scenario/customer/customer.h"

const struct play_step play_steps[] = {
	{ "create token", signup_ask },
	{ "send code", signup_send_code },
	{ "prove phone", signup_prove },
	{ "join", signup_complete },
	{ "followers", signup_followers },
	{ "log in", session_login },
	{ "look around", session_company },
	{ "refresh", session_renew },
	{ "log out", session_leave },
	{ "listen", alarms_listen },
	{ "seller", seller_enter },
	{ "offer", seller_offer },
	{ "claim coupon", coupon_claim },
	{ "intend payment", points_intend },
	{ "confirm payment", points_confirm },
	{ "points", points_arrive },
	{ "order", order_place },
	{ "second order", order_place_unreached },
	{ "preparing", shipping_prepare },
	{ "shipped", shipping_ship },
	{ "alarms", alarms_read },
	{ "notices", messages_settle },
};
const size_t n_play_steps = COUNT_OF(play_steps);

const char play_good_outcome[] = "shop 15000|charge50000 order-22500 order-12500|22500:shipped 12500:ordered|1|7|7\n"
    "money free|paid50000\ncaptured DONE:50000\nalarms 1:105 2:100 3:100 4:101 5:102\n"
    "events 1 2 coupon.registered points.credited order.placed order.placed shipping.moved shipping.moved\n"
    "notices 1 2 1 1\nwallets 0";
