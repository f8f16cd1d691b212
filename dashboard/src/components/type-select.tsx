import { useId } from "preact/hooks";
import type { MessageType } from "../../../shared/message.ts";
import { MESSAGE_TYPES } from "../models/message-types.ts";

/** Of what type a message is to be. */
export function TypeSelect({ value, onChoose }: { value: MessageType; onChoose(type: MessageType): void }) {
  const id = useId();
  return (
    <>
      <label class="visually-hidden" for={id}>
        Type
      </label>
      <select
        id={id}
        class="input type-select"
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value as MessageType)}
      >
        {MESSAGE_TYPES.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
    </>
  );
}
