package io.github.uploadreceipts.samples.album;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;

/** Decides which pictures a browser may show inline, and draws a few pictures for the first round. */
final class Pictures {

    /** Image types that cannot contain a script. SVG is missing, because it can. */
    private static final Set<String> SHOWN =
            Set.of("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp");

    private static final List<String> NAMES =
            List.of("dawn.png", "morning.png", "noon.png", "afternoon.png", "dusk.png", "night.png");
    private static final int WIDTH = 480;
    private static final int HEIGHT = 320;

    private Pictures() {}

    static boolean isShown(String type) {
        return SHOWN.contains(type);
    }

    /** Draws pictures of the sun as it moves over a hill, and writes them to {@code directory}. */
    static List<Path> draw(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<Path> files = new ArrayList<>();
        for (String name : NAMES) {
            Path file = directory.resolve(name);
            ImageIO.write(picture(files.size() / (double) (NAMES.size() - 1)), "png", file.toFile());
            files.add(file);
        }
        return files;
    }

    /** @param hour from 0, dawn, to 1, night */
    private static BufferedImage picture(double hour) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        double light = Math.sin(Math.PI * (0.15 + 0.85 * hour));
        Color sky = Color.getHSBColor(0.58f, 0.55f, (float) (0.25 + 0.7 * light));
        Color horizon = Color.getHSBColor(0.08f, (float) (0.75 - 0.6 * light), (float) (0.45 + 0.5 * light));
        g.setPaint(new GradientPaint(0, 0, sky, 0, HEIGHT, horizon));
        g.fillRect(0, 0, WIDTH, HEIGHT);
        g.setColor(Color.getHSBColor(0.13f, hour == 1 ? 0.05f : 0.7f, 1f));
        g.fill(new Ellipse2D.Double(WIDTH * (0.08 + 0.74 * hour), HEIGHT * (0.75 - 0.6 * light), 52, 52));
        g.setColor(Color.getHSBColor(0.33f, 0.5f, (float) (0.12 + 0.38 * light)));
        g.fill(new Ellipse2D.Double(-WIDTH * 0.3, HEIGHT * 0.68, WIDTH * 1.6, HEIGHT));
        g.dispose();
        return image;
    }
}
