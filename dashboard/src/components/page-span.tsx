import { useModels } from "../models/models.ts";
import { formatSpan, readSpan, type SpanName, spanOf } from "../models/time-span.ts";
import { SpanPicker } from "./span-picker.tsx";

interface Props {
  label: string;
  names: readonly SpanName[];
  /** What the page shows where its address names no span; left out where that is all of time. */
  fallback?: SpanName;
}

/** Chooses the span of a page, which stands in its address. */
export function PageSpan({ label, names, fallback }: Props) {
  const { url } = useModels();
  return (
    <SpanPicker
      label={label}
      span={readSpan(url.param("span").value) ?? (fallback && spanOf(fallback))}
      names={names}
      fallback={fallback}
      onChoose={(span) => url.set({ span: span && formatSpan(span) }, "push")}
    />
  );
}
