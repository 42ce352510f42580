/**
 * The numbers of the drawing, in one place.
 *
 * LINE's documents give the order of its size words, never their pixels. Every pixel here was read off public
 * third-party renderers, two of which agree on text, icon and image sizes and on the gaps; bubble widths, block
 * paddings, corners and colours rest on one. Template cards and the rest of TEMPLATE are our own choice.
 */

export const GAP = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
export const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
export const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
export const ICON = FONT;
export const IMAGE = {
  xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220,
};

/** Bubble: largest width, corner, and the padding of header, body, body above a footer, footer (CSS order). */
const SMALL = { header: "10px", body: "10px", bodyAboveFooter: "10px", footer: "10px" };
const MIDDLE = { header: "11px 14px 13px", body: "11px 14px 13px", bodyAboveFooter: "11px 14px 17px", footer: "10px" };
const LARGE = { header: "20px", body: "19px 20px 20px", bodyAboveFooter: "19px 20px 10px", footer: "10px" };
export const BUBBLE = {
  nano: { width: 120, corner: 10, padding: SMALL },
  micro: { width: 160, corner: 10, padding: SMALL },
  deca: { width: 220, corner: 10, padding: MIDDLE },
  hecto: { width: 241, corner: 10, padding: MIDDLE },
  kilo: {
    width: 260,
    corner: 10,
    padding: { header: "13px", body: "13px", bodyAboveFooter: "13px 13px 17px", footer: "10px" },
  },
  mega: { width: 300, corner: 17, padding: LARGE },
  giga: { width: 500, corner: 5, padding: LARGE },
};

export const COLOUR = {
  text: "#111111",
  link: "#42659a",
  primary: "#17c950",
  primaryText: "#ffffff",
  secondary: "#dcdfe5",
  secondaryText: "#111111",
  separator: "#d4d6da",
  bubble: "#ffffff",
};
export const BUTTON_HEIGHT = { md: 52, sm: 40 };
export const LINE_HEIGHT = 1.4;

/** Template cards (our choice, but the picture's ratios, which are LINE's). */
export const TEMPLATE = {
  card: 260,
  column: 240,
  square: 220,
  ratio: { rectangle: "1.51 / 1", square: "1 / 1" },
};
export const IMAGEMAP_WIDTH = 1040;
