package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.util.Assert;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/** Gives a controller the receipts that {@link ReceiptsFilter} has verified. */
final class ReceiptsArgumentResolver implements HandlerMethodArgumentResolver {

    private static final ResolvableType RECEIPTS = ResolvableType.forClassWithGenerics(List.class, UploadReceipt.class);

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        if (!parameter.hasParameterAnnotation(Receipts.class)) {
            return false;
        }
        Assert.state(
                ResolvableType.forMethodParameter(parameter).isAssignableFrom(RECEIPTS),
                () -> "an argument with @Receipts must be a List<UploadReceipt>, but " + parameter + " is not");
        return true;
    }

    @Override
    public Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders) {
        HttpServletRequest http = request.getNativeRequest(HttpServletRequest.class);
        Assert.state(http != null, "there is no servlet request");
        try {
            return ReceiptsFilter.receipts(http);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "no receipts are verified for " + path(http) + ": add it to upload-receipts.paths.receipts", e);
        }
    }

    private static String path(HttpServletRequest request) {
        String rest = request.getPathInfo();
        return request.getServletPath() + (rest == null ? "" : rest);
    }
}
