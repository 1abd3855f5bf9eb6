package dev.lectern.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.div;
import static j2html.TagCreator.document;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.head;
import static j2html.TagCreator.i;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.span;
import static j2html.TagCreator.style;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.title;
import static j2html.TagCreator.tr;

import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.file.WholeFile;
import j2html.tags.DomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An HTML page that is put together from top to bottom and needs no other file. */
public final class Page {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1c1c1a; --soft: #6b6a64; --page: #fcfcfa;
        --rule: #dddcd5; --truth: #1c1c1a; --teacher: #2a6fc9; --plain: #d9622b;
        --distilled: #148a5b; --main: #e0a100; --valuable: #8f5bd6; }
      @media (prefers-color-scheme: dark) { :root { --ink: #ececE6; --soft: #a3a29a;
        --page: #171716; --rule: #3a3a37; --truth: #ececE6; --teacher: #6aa5f0;
        --plain: #f08a5a; --distilled: #41b785; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
        max-width: 1000px; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
      .scroll { overflow-x: auto; }
      h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
      p { max-width: 46rem; }
      table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
      th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule);
        text-align: right; } th { color: var(--soft); font-weight: 600; }
      th:first-child, td:first-child { text-align: left; }
      .figures { display: flex; flex-wrap: wrap; gap: 1rem 1.4rem; }
      svg.held { position: absolute; width: 0; height: 0; }
      figure { margin: 0; break-inside: avoid; } .wide figure { width: min(460px, 100%); }
      .narrow figure { width: min(225px, calc(50% - .7rem)); } figure svg { width: 100%; display: block; }
      figure:target { width: 100%; } figure .smaller { display: none; }
      figure:target .smaller { display: inline; margin-left: .6rem; }
      @media print { body { margin: 0; max-width: none; } figure .smaller { display: none; }
        * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
      figcaption { color: var(--soft);
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
      svg .name { font-family: system-ui, sans-serif; font-weight: 600; paint-order: stroke;
        stroke: #000c; stroke-width: .25em; fill: #fff; stroke-linejoin: round; }
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
  private final String command;
  private final List<DomContent> body = new ArrayList<>();
  private final Set<String> held = new HashSet<>();
  private int figures;

  /**
   * @param command that writes the page, e.g. {@code inspect}; named in it
   */
  public Page(String title, String command) {
    this.title = title;
    this.command = command;
  }

  /** Recognises the pages that a command wrote. */
  public static OutputFile.Mark mark(String command) {
    return OutputFile.Mark.near(
        "<meta name=\"generator\" content=\"%s\">".formatted(generator(command)));
  }

  private static String generator(String command) {
    return "lectern " + command;
  }

  /** A heading. */
  public Page heading(String text) {
    body.add(h2(text));
    return this;
  }

  /** A paragraph of plain text. */
  public Page paragraph(String text) {
    body.add(p(text));
    return this;
  }

  /** What the colours stand for. */
  public Page key(Map<Tone, String> names) {
    body.add(
        p(each(
                names.entrySet(),
                name -> span(i().withClass(name.getKey().cssClass()), text(name.getValue()))))
            .withClass("key"));
    return this;
  }

  /** What colours of pixels stand for: a colour, as a style sheet writes it, for each name. */
  public Page colours(Map<String, String> names) {
    body.add(
        p(each(
                names.entrySet(),
                name -> span(i().withStyle("background: " + name.getValue()), text(name.getKey()))))
            .withClass("key"));
    return this;
  }

  /** A table; the first column is text, the others are numbers. */
  public Page table(List<String> head, List<List<String>> rows) {
    body.add(
        div(j2html.TagCreator.table(
                thead(tr(each(head, cell -> th(cell)))),
                tbody(each(rows, cells -> tr(each(cells, cell -> td(cell)))))))
            .withClass("scroll"));
    return this;
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
    for (Figure shown : figures) {
      if (shown instanceof Photo photo && held.add(photo.picture().id())) {
        body.add(held(photo.picture()));
      }
    }
    body.add(div(each(figures, this::figure)).withClasses("figures", size));
    return this;
  }

  /** A figure that fills the page's width once it is clicked. */
  private DomContent figure(Figure shown) {
    String id = "figure-" + ++figures;
    return j2html.TagCreator.figure(
            a(rawHtml(shown.svg())).withHref("#" + id),
            figcaption(text(shown.caption()), a("smaller").withHref("#").withClass("smaller")))
        .withId(id);
  }

  /** A picture that photos refer to. */
  private static DomContent held(Picture picture) {
    return tag("svg")
        .withClass("held")
        .with(
            tag("defs")
                .with(
                    tag("image")
                        .withId(picture.id())
                        .attr("width", picture.width())
                        .attr("height", picture.height())
                        .attr(
                            "href",
                            "data:%s;base64,%s"
                                .formatted(
                                    picture.mediaType(),
                                    Base64.getEncoder().encodeToString(picture.file())))));
  }

  /** The whole page. */
  public String html() {
    return document(
        j2html.TagCreator.html(
                head(
                    meta().withCharset("utf-8"),
                    meta().withName("generator").withContent(generator(command)),
                    meta().withName("viewport").withContent("width=device-width"),
                    title(title),
                    style(rawHtml(STYLE))),
                j2html.TagCreator.body(h1(title), each(body, part -> part)))
            .withLang("en"));
  }

  /** Writes the page; the file appears when it is whole. */
  public void write(Path file) throws IOException {
    WholeFile.write(file, temporary -> Files.writeString(temporary, html()));
  }
}
