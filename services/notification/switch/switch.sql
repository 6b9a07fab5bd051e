-- switches_read :one
-- in:  user_id uuid
-- out: email_product_service bool, email_promotion bool, email_customer_status bool,
--      email_add_consulting bool, kakao_product_service bool, kakao_promotion bool,
--      kakao_customer_status bool, kakao_add_consulting bool
-- The own row, or the one of nobody.
SELECT email_product_service, email_promotion, email_customer_status, email_add_consulting,
       kakao_product_service, kakao_promotion, kakao_customer_status, kakao_add_consulting
  FROM alarm_switch WHERE user_id IN ($1, '00000000-0000-0000-0000-000000000000') ORDER BY user_id DESC LIMIT 1;

-- switches_change :one
-- in:  user_id uuid, email_product_service bool?, email_promotion bool?, email_customer_status bool?,
--      email_add_consulting bool?, kakao_product_service bool?, kakao_promotion bool?,
--      kakao_customer_status bool?, kakao_add_consulting bool?
-- out: email_product_service bool, email_promotion bool, email_customer_status bool,
--      email_add_consulting bool, kakao_product_service bool, kakao_promotion bool,
--      kakao_customer_status bool, kakao_add_consulting bool
INSERT INTO alarm_switch AS s
SELECT $1, coalesce($2, d.email_product_service), coalesce($3, d.email_promotion),
       coalesce($4, d.email_customer_status), coalesce($5, d.email_add_consulting),
       coalesce($6, d.kakao_product_service), coalesce($7, d.kakao_promotion),
       coalesce($8, d.kakao_customer_status), coalesce($9, d.kakao_add_consulting)
  FROM alarm_switch d WHERE d.user_id = '00000000-0000-0000-0000-000000000000'
ON CONFLICT (user_id) DO UPDATE SET
       email_product_service = coalesce($2, s.email_product_service),
       email_promotion = coalesce($3, s.email_promotion),
       email_customer_status = coalesce($4, s.email_customer_status),
       email_add_consulting = coalesce($5, s.email_add_consulting),
       kakao_product_service = coalesce($6, s.kakao_product_service),
       kakao_promotion = coalesce($7, s.kakao_promotion),
       kakao_customer_status = coalesce($8, s.kakao_customer_status),
       kakao_add_consulting = coalesce($9, s.kakao_add_consulting)
RETURNING email_product_service, email_promotion, email_customer_status, email_add_consulting,
          kakao_product_service, kakao_promotion, kakao_customer_status, kakao_add_consulting;
