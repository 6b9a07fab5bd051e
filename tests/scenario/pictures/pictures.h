/* Small pictures, good and hostile: 480 by 240 as PNG and WebP, 16 by 16 as JPEG, a PNG that says it has 60,000 by
 * 60,000 pixels, a GIF. */
#ifndef SCENARIO_PICTURES_PICTURES_H
#define SCENARIO_PICTURES_PICTURES_H
#include <stddef.h>

struct picture { const unsigned char *at; size_t n; };
extern const struct picture picture_png, picture_jpeg, picture_webp, picture_bomb, picture_gif;
#endif
