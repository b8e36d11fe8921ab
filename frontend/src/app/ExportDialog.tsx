/** Finished work as files: format, which images, how far the job is. */

import { useEffect, useRef, useState } from "preact/hooks";

import { cancelJob, follow, jobResult, startExport } from "../api/jobs";
import { asProblem } from "../api/problem";
import { EXPORT_FORMATS, type ExportFormat, type Job } from "../api/types";
import { percent, text } from "../i18n/text";
import { closeDialog, Dialog } from "./Dialog";
import { saveFile } from "./download";
import { inWords, news } from "./failures";
import { client, insist } from "./server";
import { images, state } from "./store";
import { savedNow } from "./work";

type Stage =
  | { readonly kind: "choosing" }
  | { readonly kind: "running"; readonly job: Job | null }
  | { readonly kind: "failed"; readonly reason: string };

const WITH_POLYGONS: readonly ExportFormat[] = ["coco"];

export function ExportDialog() {
  const [format, setFormat] = useState<ExportFormat>("coco");
  const [isAll, setIsAll] = useState(state.peek().image === null);
  const [hasPolygons, setHasPolygons] = useState(false);
  const [stage, setStage] = useState<Stage>({ kind: "choosing" });
  const errand = useRef(new AbortController());
  useEffect(() => () => errand.current.abort(), []);
  const image = state.value.image;
  const isRunning = stage.kind === "running";

  const start = async (): Promise<void> => {
    setStage({ kind: "running", job: null });
    try {
      await savedNow();
      const chosen = isAll || image === null ? "all" : [image.id];
      const polygons = hasPolygons && WITH_POLYGONS.includes(format);
      await exported(
        { format, images: chosen, polygons },
        (job) => setStage({ kind: "running", job }),
        errand.current.signal,
      );
      closeDialog();
    } catch (error) {
      const problem = asProblem(error);
      setStage(
        problem === null ? { kind: "choosing" } : { kind: "failed", reason: inWords(problem) },
      );
    }
  };
  const stop = (): void => {
    errand.current.abort();
    errand.current = new AbortController();
    if (stage.kind === "running" && stage.job)
      void cancelJob(client, stage.job).catch(() => undefined);
    setStage({ kind: "choosing" });
  };

  return (
    <Dialog title={text("export.title")}>
      <fieldset disabled={isRunning} class="choices">
        <legend>{text("export.format")}</legend>
        {EXPORT_FORMATS.map((one) => (
          <label key={one} class="choice">
            <input
              type="radio"
              name="format"
              value={one}
              data-testid={`format-${one}`}
              checked={one === format}
              onChange={() => setFormat(one)}
            />
            <span>
              <b>{text(`format.${one}`)}</b>
              <small>{text(`format.${one}.about`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset disabled={isRunning} class="row-choices">
        <legend>{text("export.which")}</legend>
        <label>
          <input
            type="radio"
            name="which"
            data-testid="export-this"
            checked={!isAll}
            disabled={image === null}
            onChange={() => setIsAll(false)}
          />
          {text("export.this")}
        </label>
        <label>
          <input
            type="radio"
            name="which"
            data-testid="export-all"
            checked={isAll}
            onChange={() => setIsAll(true)}
          />
          {text("export.all", { count: images.value.length })}
        </label>
      </fieldset>
      {WITH_POLYGONS.includes(format) && (
        <label class="switch">
          <input
            type="checkbox"
            data-testid="polygons"
            checked={hasPolygons}
            disabled={isRunning}
            onChange={() => setHasPolygons(!hasPolygons)}
          />
          <span>{text("export.polygons")}</span>
        </label>
      )}
      {stage.kind === "failed" && (
        <p class="problem" role="alert">
          {stage.reason}
        </p>
      )}
      {isRunning && <Progress job={stage.job} />}
      <div class="dialog-actions">
        <button type="button" onClick={isRunning ? stop : closeDialog}>
          {text("action.cancel")}
        </button>
        <button
          type="button"
          class="primary"
          data-testid="export-start"
          disabled={isRunning}
          onClick={() => void start()}
        >
          {text("export.start")}
        </button>
      </div>
    </Dialog>
  );
}

function Progress({ job }: { readonly job: Job | null }) {
  const share = job?.progress ?? 0;
  return (
    <div class="job" role="status">
      <progress max={1} value={share} aria-label={text("export.progress")} />
      <span>{percent(share)}</span>
    </div>
  );
}

async function exported(
  body: Parameters<typeof startExport>[1],
  onProgress: (job: Job) => void,
  signal: AbortSignal,
): Promise<void> {
  const job = await insist(() => startExport(client, body), signal);
  const done = await follow(client, job, onProgress, signal);
  if (done.state !== "done") return;
  const { file, name } = await insist(() => jobResult(client, done), signal);
  saveFile(file, name);
  news("exported", text("news.exported", { name }));
}
