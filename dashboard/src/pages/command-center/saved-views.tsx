import { Bookmark, X } from "lucide";
import { IconButton } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { useModels } from "../../models/models.ts";
import { removeView, viewHref, views } from "../../models/views.ts";

/** What the person has named, above everything else; nothing before the first. */
export default function SavedViews() {
  const { url } = useModels();
  if (views.value.length === 0) return null;
  return (
    <section class="sidebar-section" aria-label="Saved views">
      <h2 class="sidebar-heading">Views</h2>
      <ul>
        {views.value.map((view) => (
          <li key={view.name} class="sidebar-row">
            <a
              class="sidebar-link"
              href={viewHref(view)}
              aria-current={url.search.value.toString() === view.search ? "page" : undefined}
            >
              <Icon of={Bookmark} size={13} />
              <span class="ellipsis">{view.name}</span>
            </a>
            <IconButton
              size="small"
              icon={X}
              label={`Remove the view ${view.name}`}
              onClick={() => removeView(view.name)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
