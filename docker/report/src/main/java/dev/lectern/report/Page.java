package dev.lectern.report;

import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.file.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** An HTML page that is put together from top to bottom and needs no other file. */
public final class Page {
  /** Recognises a page that was written here. */
  public static final OutputFile.Mark MARK =
      OutputFile.Mark.near("<meta name=\"generator\" content=\"lectern\">");

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1c1c1a; --soft: #6b6a64; --page: #fcfcfa;
        --rule: #dddcd5; --truth: #1c1c1a; --teacher: #2a6fc9; --plain: #d9622b;
        --distilled: #148a5b; --main: #e0a100; --valuable: #8f5bd6; }
      @media (prefers-color-scheme: dark) { :root { --ink: #ececE6; --soft: #a3a29a;
        --page: #171716; --rule: #3a3a37; --truth: #ececE6; --teacher: #6aa5f0;
        --plain: #f08a5a; --distilled: #41b785; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
        max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
      p { max-width: 46rem; }
      table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
      th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule);
        text-align: right; } th { color: var(--soft); font-weight: 600; }
      th:first-child, td:first-child { text-align: left; }
      .figures { display: flex; flex-wrap: wrap; gap: 1rem 1.4rem; }
      svg.held { position: absolute; width: 0; height: 0; }
      figure { margin: 0; } .wide figure { width: 460px; } .narrow figure { width: 225px; }
      figure svg { width: 100%; display: block; } figcaption { color: var(--soft);
        font-size: .82rem; line-height: 1.35; margin-top: .3rem; }
      .key span { margin-right: 1.2rem; white-space: nowrap; } .key i { display: inline-block;
        width: .9rem; height: .9rem; border-radius: 2px; margin-right: .4rem;
        vertical-align: -2px; }
      svg .axis { font: 11px system-ui, sans-serif; fill: var(--soft); }
      svg .grid { stroke: var(--rule); } svg .curve { fill: none; stroke-width: 2; }
      svg line.truth { stroke: var(--truth); stroke-width: 1.5; stroke-dasharray: 3 2; }
      svg .frame { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke;
        pointer-events: all; }
      svg .frame.truth { stroke: #fff; stroke-dasharray: 4 3; }
      svg .curve.teacher, svg .frame.teacher { stroke: var(--teacher); }
      svg .curve.plain, svg .frame.plain { stroke: var(--plain); }
      svg .curve.distilled, svg .frame.distilled { stroke: var(--distilled); }
      svg .frame.student { stroke: var(--distilled); }
      svg .area { fill-opacity: .3; stroke-width: .5;
        vector-effect: non-scaling-stroke; } svg .area.main { fill: var(--main);
        stroke: var(--main); fill-opacity: .6; } svg .area.valuable { fill: var(--valuable);
        stroke: var(--valuable); } svg .area.teacher { fill: var(--teacher);
        stroke: var(--teacher); }
      i.main { background: var(--main); } i.valuable { background: var(--valuable); }
      svg .curve.truth { stroke: var(--truth); }
      .bar.teacher, i.teacher { fill: var(--teacher); background: var(--teacher); }
      .bar.plain, i.plain { fill: var(--plain); background: var(--plain); }
      .bar.student, i.student, .bar.distilled, i.distilled { fill: var(--distilled); background: var(--distilled); }
      i.truth { background: repeating-linear-gradient(90deg, var(--truth) 0 3px,
        transparent 3px 5px); }
      code { font-size: .9em; }
      """;

  private final String title;
  private final StringBuilder body = new StringBuilder();
  private final Set<String> held = new HashSet<>();

  public Page(String title) {
    this.title = title;
  }

  /** A heading. */
  public Page heading(String text) {
    body.append("<h2>").append(Markup.escaped(text)).append("</h2>\n");
    return this;
  }

  /** A paragraph of plain text. */
  public Page paragraph(String text) {
    body.append("<p>").append(Markup.escaped(text)).append("</p>\n");
    return this;
  }

  /** What the colours stand for. */
  public Page key(Map<Tone, String> names) {
    body.append("<p class=\"key\">");
    names.forEach(
        (tone, name) ->
            body.append("<span><i class=\"")
                .append(tone.cssClass())
                .append("\"></i>")
                .append(Markup.escaped(name))
                .append("</span>"));
    body.append("</p>\n");
    return this;
  }

  /** A table; the first column is text, the others are numbers. */
  public Page table(List<String> head, List<List<String>> rows) {
    body.append("<table><thead>");
    row("th", head);
    body.append("</thead><tbody>");
    rows.forEach(cells -> row("td", cells));
    body.append("</tbody></table>\n");
    return this;
  }

  private void row(String tag, List<String> cells) {
    body.append("<tr>");
    for (String cell : cells) {
      body.append('<').append(tag).append('>').append(Markup.escaped(cell));
      body.append("</").append(tag).append('>');
    }
    body.append("</tr>");
  }

  /** Figures side by side, two or so in a row. */
  public Page wide(List<? extends Figure> figures) {
    return figures("wide", figures);
  }

  /** Figures side by side, four or so in a row. */
  public Page narrow(List<? extends Figure> figures) {
    return figures("narrow", figures);
  }

  private Page figures(String size, List<? extends Figure> figures) {
    for (Figure figure : figures) {
      if (figure instanceof Photo photo && held.add(photo.picture().id())) {
        hold(photo.picture());
      }
    }
    body.append("<div class=\"figures ").append(size).append("\">");
    for (Figure figure : figures) {
      body.append("<figure>").append(figure.svg()).append("<figcaption>");
      body.append(Markup.escaped(figure.caption())).append("</figcaption></figure>\n");
    }
    body.append("</div>\n");
    return this;
  }

  private void hold(Picture picture) {
    body.append(
        String.format(
            Locale.ROOT,
            "<svg class=\"held\"><defs><image id=\"%s\" width=\"%d\" height=\"%d\""
                + " href=\"data:%s;base64,%s\"/></defs></svg>\n",
            Markup.escaped(picture.id()),
            picture.width(),
            picture.height(),
            picture.mediaType(),
            Base64.getEncoder().encodeToString(picture.file())));
  }

  /** The whole page. */
  public String html() {
    String head = Markup.escaped(title);
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        + "<meta name=\"generator\" content=\"lectern\">"
        + "<meta name=\"viewport\" content=\"width=device-width\"><title>"
        + head
        + "</title>\n<style>\n"
        + STYLE
        + "</style></head>\n<body><h1>"
        + head
        + "</h1>\n"
        + body
        + "</body></html>\n";
  }

  /** Writes the page; the file appears when it is whole. */
  public void write(Path file) throws IOException {
    WholeFile.write(file, temporary -> Files.writeString(temporary, html()));
  }
}
