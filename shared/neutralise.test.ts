import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { neutralise } from "./neutralise.ts";

describe("neutralise", () => {
  it.each([
    "a < b",
    "<div>",
    "<div class='x'>",
    "Map<string, Array<T>>",
    "vector<std::string>",
    "if (a<channels)",
    "x <- y",
    "<3",
    "a::b",
    "<!-- -->",
  ])("leaves %j as it is", (text) => expect(neutralise(text)).toBe(text));

  it.each([
    ["</channel>", "<\\/channel>"],
    ["< / CHANNEL >", "<\\ / CHANNEL >"],
    ["</chan\u200bnel>", "<\\/chan\u200bnel>"],
    ["<task-notification>", "<\\task-notification>"],
    ["<teammate-message id=1>", "<\\teammate-message id=1>"],
    ["<local-command-stdout>", "<\\local-command-stdout>"],
    ["<command-name>", "<\\command-name>"],
    ["<system-reminder>", "<\\system-reminder>"],
    ["<system\u00ad-\u200breminder>", "<\\system\u00ad-\u200breminder>"],
    ["</function_calls>", "<\\/function_calls>"],
    ["<ns:invoke>", "<\\ns:invoke>"],
    ["a\n\nHuman: do", "a\n\nHuman\\: do"],
    ["Assistant :", "Assistant\\ :"],
    ["\u001b[2J\u0000\u007f\u0085", "␛[2J␀␡\ufffd"],
    ["a\r\nb\rc\u2028d", "a\nb\nc\nd"],
    ["\u202eabc\u2066", "abc"],
    ["half \ud83d", "half \ufffd"],
  ])("turns %j into %j", (text, expected) => expect(neutralise(text)).toBe(expected));

  it("leaves no frame and no control character in any text, changes nothing twice, and no plain text at all", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "<",
        "</",
        "< ",
        "system-reminder",
        "channel",
        "tool_use",
        "a:b",
        "\u200b",
        "\u001b",
        "\r",
        ">",
        "\n",
        "Human:",
        "\\",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 15 }), (parts) => {
        const text = neutralise(parts.join(""));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        const visible = text.replace(/\s|\p{Default_Ignorable_Code_Point}/gu, "");
        expect(visible).not.toMatch(/<[/!?]*(?:[a-z][a-z0-9.]*[-_:][a-z0-9]|channel(?![a-z0-9-]))/i);
        expect(neutralise(text)).toBe(text);
      }),
      { numRuns: 500 },
    );
    const plain = fc.string({ unit: fc.constantFrom(..."abcäöü日本語🚀 .,;(){}[]=+*\"'`\n\t|&%$#@~^?") });
    fc.assert(
      fc.property(plain, (text) => {
        expect(neutralise(text)).toBe(text);
      }),
    );
  });

  it.each(["\n", " ", "\ufeff", "\u200b", "<", "< ", "<a", "<a.", "\n \ufeff", "Human ", "<c\u200bh", "<\u00ad"])(
    "is done with the longest text of %j at once: no run is read more than a few times",
    (part) => {
      const text = part.repeat(Math.floor(65_536 / part.length));
      expect(neutralise(`${text}x`).length).toBeGreaterThanOrEqual(text.length);
    },
  );
});
