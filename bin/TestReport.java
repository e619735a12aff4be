// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Sums up the XML reports of surefire and failsafe in the folders given: a line for each test that
 * failed or was skipped, with the reason, then {@code N passed, N failed, N skipped}.
 */
final class TestReport {
  private int passed;
  private int failed;
  private int skipped;

  public static void main(String[] folders)
      throws IOException, ParserConfigurationException, SAXException {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    TestReport report = new TestReport();
    for (String folder : folders) {
      for (Path file : reports(Path.of(folder))) {
        report.add(parser.parse(file.toFile()).getElementsByTagName("testcase"));
      }
    }
    System.out.printf(
        "%d passed, %d failed, %d skipped%n", report.passed, report.failed, report.skipped);
  }

  private static List<Path> reports(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "TEST-*.xml")) {
      return StreamSupport.stream(files.spliterator(), false).sorted().toList();
    }
  }

  private void add(NodeList tests) {
    for (int i = 0; i < tests.getLength(); i++) {
      Element test = (Element) tests.item(i);
      if (tell(test, "skipped", "skipped")) {
        skipped++;
      } else if (tell(test, "failed", "failure", "error")) {
        failed++;
      } else {
        passed++;
      }
    }
  }

  /** Prints a test that has one of the elements; false if it has none. */
  private static boolean tell(Element test, String outcome, String... elements) {
    return Arrays.stream(elements)
        .map(element -> (Element) test.getElementsByTagName(element).item(0))
        .filter(found -> found != null)
        .findFirst()
        .map(
            found -> {
              String name = test.getAttribute("classname") + "." + test.getAttribute("name");
              String reason = found.getAttribute("message").strip();
              reason = reason.isEmpty() ? found.getTextContent().strip() : reason;
              // Surefire puts the exception's class first, on a line of its own or before a message.
              String told = reason.replaceFirst("^[\\w.$]+(Exception|Error):\\s*", "");
              String firstLine = told.lines().findFirst().orElse("no reason given");
              System.out.println(outcome + ": " + name + ": " + firstLine);
              return found;
            })
        .isPresent();
  }
}
