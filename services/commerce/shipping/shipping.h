/* A parcel as it is answered, from whichever row it was read. */
#ifndef COMMERCE_SHIPPING_SHIPPING_H
#define COMMERCE_SHIPPING_SHIPPING_H

#define SHIPPING(row) (struct shipping){ .status = (row).status, .has_carrier = (row).carrier.at != NULL, \
	.carrier = (row).carrier, .has_tracking_number = (row).tracking_number.at != NULL, \
	.tracking_number = (row).tracking_number, .recipient = (row).recipient, .phone = (row).phone, \
	.postal_code = (row).postal_code, .address = (row).address, \
	.has_address_detail = (row).address_detail.at != NULL, .address_detail = (row).address_detail, \
	.version = (row).version, .updated_at = (row).updated_at }
#endif
