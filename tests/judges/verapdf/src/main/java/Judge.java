import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.logging.LogManager;

import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates PDFs: {@code Judge FLAVOUR FILE...}. One line for each file, in order: OK or FAILED, its name, and the clauses broken. */
public final class Judge {
    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(arguments[0]);
        if (flavour == PDFAFlavour.NO_FLAVOUR) {
            System.err.println("no such flavour: " + arguments[0]);
            System.exit(2);
        }
        for (int at = 1; at < arguments.length; at++) {
            System.out.println(verdict(Path.of(arguments[at]), flavour));
        }
    }

    private static String verdict(Path file, PDFAFlavour flavour) {
        try (InputStream data = new FileInputStream(file.toFile());
                PDFAParser parser = Foundries.defaultInstance().createParser(data, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            TreeSet<String> broken = new TreeSet<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    String message = assertion.getErrorMessage() == null ? assertion.getMessage() : assertion.getErrorMessage();
                    broken.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber() + " "
                            + message.replaceAll("\\s+", " "));
                }
            }
            String verdict = result.isCompliant() ? "OK" : "FAILED";
            return verdict + "\t" + file + "\t" + String.join(" | ", broken);
        } catch (Exception problem) {
            return "FAILED\t" + file + "\t" + problem;
        }
    }
}
