package io.github.uploadreceipts.testing;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The circles among classes: the strongly connected components of their dependency graph, found by Tarjan's algorithm
 * (1972). A nested class counts as its top-level class.
 */
public final class Circles {

    private final Map<String, Set<String>> graph;
    private final Map<String, Integer> order = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> path = new ArrayDeque<>();
    private final List<Set<String>> circles = new ArrayList<>();

    private Circles(Map<String, Set<String>> graph) {
        this.graph = graph;
    }

    /** Returns every circle of two or more classes, as class names. */
    public static List<Set<String>> of(JavaClasses classes) {
        Map<String, Set<String>> graph = new TreeMap<>();
        classes.forEach(type -> graph.put(topLevel(type), new TreeSet<>()));
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String target = topLevel(dependency.getTargetClass().getBaseComponentType());
                if (graph.containsKey(target)) {
                    graph.get(topLevel(type)).add(target);
                }
            }
        }
        return of(graph);
    }

    /** Returns every circle of two or more nodes. The graph maps each node to the nodes on which it depends. */
    static List<Set<String>> of(Map<String, Set<String>> graph) {
        Circles circles = new Circles(graph);
        for (String node : graph.keySet()) {
            if (!circles.order.containsKey(node)) {
                circles.visit(node);
            }
        }
        return circles.circles;
    }

    private static String topLevel(JavaClass type) {
        String name = type.getFullName();
        return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
    }

    private void visit(String node) {
        order.put(node, order.size());
        lowest.put(node, order.get(node));
        path.push(node);
        for (String next : graph.get(node)) {
            if (!order.containsKey(next)) {
                visit(next);
                lowest.merge(node, lowest.get(next), Math::min);
            } else if (path.contains(next)) {
                lowest.merge(node, order.get(next), Math::min);
            }
        }
        if (lowest.get(node).equals(order.get(node))) {
            takeFromPath(node);
        }
    }

    private void takeFromPath(String first) {
        Set<String> circle = new TreeSet<>();
        String node;
        do {
            node = path.pop();
            circle.add(node);
        } while (!node.equals(first));
        if (circle.size() > 1) {
            circles.add(circle);
        }
    }
}
