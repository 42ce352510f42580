/** What a tap on a button, a quick reply or a rich menu does (LINE's actions). */

import { askMoment, copy, toast } from "./phone_things.js";

/**
 * Makes `press(action, source, event)`. `source` is {quick}, {menu} or neither (a bubble).
 * `act(verb, body)` posts for the resident who holds the phone; `resolveUrl` maps addresses; `menu`, `openTray` and
 * `typeHere(text)` move the foot of the phone.
 */
export function makePress({ act, resolveUrl, menu, openTray, typeHere }) {
  async function pickMoment(action) {
    const params = await askMoment(action);
    if (params) await act("postback", { data: action.data, params });
  }

  function openAddress(action, source, event) {
    if (/^https?:/i.test(action.uri)) {
      // Bubbles and quick replies are links already; a menu's areas are buttons over a picture.
      if (source.menu) window.open(resolveUrl(action.uri), "_blank", "noopener");
      return;
    }
    event.preventDefault();
    const call = /^tel:/i.test(action.uri);
    toast(call ? `電話をかけます: ${action.uri.slice(4)}` : `LINEの画面を開きます: ${action.uri}`);
  }

  function moveFoot({ inputOption, fillInText }) {
    if (inputOption === "openKeyboard") typeHere(fillInText ?? "");
    if (inputOption === "closeRichMenu") menu.open(false);
    if (inputOption === "openRichMenu") menu.open(true);
  }

  /**
   * A quick reply goes by its label: the simulator sees the same row, and knows that it is used up then. Other buttons
   * send what they hold, because an older message's button may carry the label of a newer one.
   */
  async function send(action, source) {
    if (source.quick || action.type === "richmenuswitch") {
      const pressed = await act("tap", { label: action.label });
      if (pressed !== "gone") return;
    }
    if (action.type === "message") await act("say", { text: action.text });
    if (action.type !== "postback") return;
    if (action.text) await act("say", { text: action.text });
    await act("postback", { data: action.data, ...(action.displayText ? { displayText: action.displayText } : {}) });
  }

  const DO = {
    uri: openAddress,
    clipboard: (action) => copy(action.clipboardText),
    camera: () => act("image", {}),
    cameraRoll: () => act("image", {}),
    location: () => openTray(),
    datetimepicker: pickMoment,
  };

  return async (action, source, event) => {
    moveFoot(action);
    await (DO[action.type] ?? send)(action, source, event);
  };
}
