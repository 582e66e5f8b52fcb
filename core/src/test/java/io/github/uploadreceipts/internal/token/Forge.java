package io.github.uploadreceipts.internal.token;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.util.Base64URL;
import io.github.uploadreceipts.internal.key.Hkdf;
import io.github.uploadreceipts.key.TestRings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Seals any content with the fleet's own keys, as a careless or hostile holder of the key ring could. */
public final class Forge {

    public static final String RECEIPT_HEADER = "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}";
    public static final String PEER_HEADER = "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-peer+jwt\"}";

    private Forge() {}

    public static String base64url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the compact JWS of this header and payload, signed with the known key. */
    public static String jws(String header, String payload) {
        String input = base64url(header) + "." + base64url(payload);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getUrlDecoder().decode(TestRings.SIGNING_SECRET), "HmacSHA256"));
            byte[] seal = mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
            return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(seal);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the compact JWE of this payload, encrypted with the known key, with the header of a receipt. */
    public static String jwe(String payload) {
        return jwe("upload-receipt+jwt", payload);
    }

    /** Returns the nested token of this kind with these claims. */
    public static String nested(String typ, String claims) {
        return jwe(typ, jws("{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"" + typ + "\"}", claims));
    }

    private static String jwe(String typ, String payload) {
        try {
            JWEHeader header =
                    JWEHeader.parse(new Base64URL(base64url("{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\","
                            + "\"typ\":\"" + typ + "\",\"cty\":\"JWT\"}")));
            return encrypt(header, payload);
        } catch (java.text.ParseException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Returns the packed token of this kind and fleet with these fields, under the known root key. The form is written
     * out here once more, as another library would write it.
     */
    public static String packed(String kind, String fleet, byte[] fields) {
        byte[] head = new byte[21];
        head[0] = 1;
        try {
            byte[] kid = MessageDigest.getInstance("SHA-256").digest("d1".getBytes(StandardCharsets.US_ASCII));
            System.arraycopy(kid, 0, head, 1, 4); // the salt stays zero
            String info = "upload-receipts/packed/1\0" + kind + "\0" + fleet + "\0" + "\0".repeat(16);
            byte[] root = Base64.getUrlDecoder().decode(TestRings.DERIVATION_SECRET);
            byte[] key = Hkdf.sha256(root, new byte[0], info.getBytes(StandardCharsets.US_ASCII), 32);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, new byte[12]));
            cipher.updateAAD(head);
            ByteArrayOutputStream token = new ByteArrayOutputStream();
            token.writeBytes(head);
            token.writeBytes(cipher.doFinal(fields));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(token.toByteArray());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns a JWE as another library would write it. Its header has the same members in another order. */
    public static String jweOfAnotherMint(String payload) {
        return encrypt(
                new JWEHeader.Builder(JWEAlgorithm.A256KW, EncryptionMethod.A256GCM)
                        .keyID("e1")
                        .contentType("JWT")
                        .build(),
                payload);
    }

    private static String encrypt(JWEHeader header, String payload) {
        try {
            JWEObject jwe = new JWEObject(header, new Payload(payload));
            jwe.encrypt(new AESEncrypter(
                    new SecretKeySpec(Base64.getUrlDecoder().decode(TestRings.ENCRYPTION_SECRET), "AES")));
            return jwe.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }
}
