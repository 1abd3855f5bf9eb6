package dev.lectern.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PageTest {
  @TempDir Path folder;

  @Test
  void thePageHoldsEverythingAndRefersToNothingElse() throws Exception {
    byte[] png = png(96);
    Picture picture = new Picture("p", "image/png", png, 96, 96);
    Page page =
        new Page("A & B", "inspect")
            .heading("Figures")
            .paragraph("5 < 6")
            .key(Map.of(Tone.TEACHER, "teacher"))
            .table(List.of("what", "AP"), List.of(List.of("plain", "0.1")))
            .narrow(List.of(photo("one", picture), photo("two", picture)));

    page.write(folder.resolve("report.html"));

    String html = Files.readString(folder.resolve("report.html"));
    assertThat(html)
        .contains("<h1>A &amp; B</h1>", "5 &lt; 6", "data:image/png;base64,iVBOR")
        .containsOnlyOnce("base64,")
        .contains("class=\"area main\" x=\"8\" y=\"8\" width=\"8\" height=\"8\"")
        .contains(
            "class=\"frame teacher\" x=\"1\" y=\"2\" width=\"10\" height=\"20\"><title>disc 0.90</title>")
        .doesNotContain("http://", "https://", "<script");
    assertThat(folder.toFile().list()).containsExactly("report.html");
  }

  private static byte[] png(int side) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", bytes);
    return bytes.toByteArray();
  }

  private static Photo photo(String caption, Picture picture) {
    return new Photo(
        caption,
        picture,
        List.of(new Photo.Frame(Tone.MAIN, "positive", 8, 8, 16, 16)),
        List.of(
            new Photo.Frame(Tone.TEACHER, "disc 0.90", 1, 2, 11, 22),
            new Photo.Frame(Tone.TRUTH, "disc", 1, 2, 12, 23)),
        Tone.TEACHER);
  }

  @Test
  void boxesOfTheNamedToneBearTheirLabels() throws Exception {
    Picture picture = new Picture("p", "image/png", png(96), 96, 96);

    Element svg = parsed(photo("teacher", picture).svg());

    // Letters are 96 / 30 = 3.2 px high. Above the box is less room than that, so the name lies
    // inside, with its foot at 2 + 3.2
    assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(3);
    assertThat(svg.getElementsByTagName("text").getLength()).isEqualTo(1);
    Element name = (Element) svg.getElementsByTagName("text").item(0);
    assertThat(name.getTextContent()).isEqualTo("disc 0.90");
    assertThat(name.getAttribute("class")).isEqualTo("name teacher");
    assertThat(name.getAttribute("font-size")).isEqualTo("3.2");
    assertThat(name.getAttribute("x")).isEqualTo("1");
    assertThat(name.getAttribute("y")).isEqualTo("5.2");
  }

  @Test
  void aCloseUpShowsTheObjectWithHalfItsSizeAroundItWithinThePicture() throws Exception {
    Picture picture = new Picture("p", "image/png", png(96), 96, 96);

    // 20 px wide: 10 px to each side; 5 px to the left edge are all there is
    Photo.Window window = Photo.Window.around(picture, 5, 30, 25, 40);

    assertThat(window).isEqualTo(new Photo.Window(0, 20, 35, 30));
    Element svg =
        parsed(new Photo("object", picture, List.of(), List.of(), Tone.TRUTH, window).svg());
    assertThat(svg.getAttribute("viewBox")).isEqualTo("0 20 35 30");
  }

  @Test
  void everyFigureIsALinkToItself() throws Exception {
    Picture picture = new Picture("p", "image/png", png(96), 96, 96);
    Page page =
        new Page("pictures", "inspect")
            .narrow(List.of(photo("one", picture)))
            .wide(List.of(photo("two", picture)));

    assertThat(page.html())
        .contains("<figure id=\"figure-1\"><a href=\"#figure-1\"><svg")
        .contains("<figure id=\"figure-2\"><a href=\"#figure-2\"><svg");
  }

  @Test
  void curvesAreScaledToTheirChart() throws Exception {
    LineChart chart =
        new LineChart(
            "loss",
            "step",
            "loss",
            List.of(
                new LineChart.Curve(
                    "plain",
                    Tone.PLAIN,
                    new double[] {0, 50, 100},
                    new double[] {4, Double.NaN, 1})));

    Element svg = parsed(chart.svg());

    // 52 px at step 0, 460 - 12 at step 100; 14 px at the greatest loss, 230 at zero, 4 -> 1 is
    // three quarters of the way down
    Element line = (Element) svg.getElementsByTagName("polyline").item(0);
    assertThat(line.getAttribute("points")).isEqualTo("52,14 448,176");
    assertThat(line.getAttribute("class")).isEqualTo("curve plain");
  }

  @Test
  void aChartWithoutPointsIsStillAChart() throws Exception {
    LineChart chart = new LineChart("loss", "step", "loss", List.of());
    assertThat(parsed(chart.svg()).getElementsByTagName("text").getLength()).isPositive();
  }

  @Test
  void barsAreAsHighAsTheirProbability() throws Exception {
    EdgeChart chart =
        new EdgeChart(
            "left edge",
            List.of(
                new EdgeChart.Distribution("teacher", Tone.TEACHER, new double[] {0.25, 0.75, 0})),
            0.8);

    Element svg = parsed(chart.svg());

    // 96 px stand for probability 1
    assertThat(heights(chart.svg())).containsExactly(24.0, 72.0, 0.0);
    // Ticks of both axes and what the bins mean
    assertThat(texts(svg)).containsExactly("0", "0.5", "1", "0", "1", "2", "strides from the cell");
    // A line for each tick of probability, and the annotated distance
    assertThat(svg.getElementsByTagName("line").getLength()).isEqualTo(4);
  }

  @Test
  void ticksAreRoundAndInside() {
    assertThat(new Axis(0, 0.47, 0, 100).ticks())
        .containsExactly(0.0, 0.1, 0.2, 0.30000000000000004, 0.4);
    assertThat(new Axis(0, 1800, 0, 100).ticks()).containsExactly(0.0, 500.0, 1000.0, 1500.0);
  }

  @Test
  void aCurveNeedsAsManyXAsY() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new LineChart.Curve("a", Tone.PLAIN, new double[] {1}, new double[] {1, 2}))
        .withMessage("a: found 1 x and 2 y, expected as many");
  }

  private static List<String> texts(Element svg) {
    NodeList found = svg.getElementsByTagName("text");
    return IntStream.range(0, found.getLength())
        .mapToObj(i -> found.item(i).getTextContent())
        .toList();
  }

  private static List<Double> heights(String svg) {
    Matcher matcher = Pattern.compile("<rect class=\"bar[^>]* height=\"([^\"]*)\"").matcher(svg);
    return matcher.results().map(m -> Double.valueOf(m.group(1))).toList();
  }

  private static Element parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)))
        .getDocumentElement();
  }
}
